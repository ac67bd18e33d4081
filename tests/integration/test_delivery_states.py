"""Who cannot be reached, or does not want to be: closed windows, opt-outs, refused accounts."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from bot.database.together import ask_together
from bot.delivery import circuit_breaker, idle_senders, outbox, recipients, window
from bot.delivery.sender import deliver_pending
from bot.delivery.status_polling import ask_after_sent
from bot.messages.kinds import MessageKind
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.twilio.client import KnownStatus, TwilioGateway
from tests.integration.delivery_stage import HASTE, Pool, Stage, User, set_stage, wait_until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def reach(stage: Stage, user: User, *states: str) -> None:
    """Deliver until the user's messages are in these states."""

    async def are_reached() -> bool:
        await deliver_pending(stage.services, user.user_id, policy=HASTE)
        return await stage.states(user) == list(states)

    await wait_until(are_reached)


async def writes(stage: Stage, user: User) -> None:
    """Let the user write, so that the window opens."""
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE contact SET last_inbound_at = now() WHERE user_id = %s", [user.user_id]
        )


async def contact(stage: Stage, user: User) -> tuple[bool, str | None, bool]:
    async with stage.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT suppressed_at IS NOT NULL, suppressed_reason, window_closed_at IS NOT NULL"
            " FROM contact WHERE user_id = %s",
            [user.user_id],
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("when", ["before", "delivery"])
async def test_outside_the_window_news_wait_and_come_together_when_the_user_writes(
    stage: Stage, when: str
) -> None:
    user = await stage.user()
    await stage.say(user, "The design is done.", "It's built.", "It's *ready*.")
    stage.fail(TwilioFault.model_validate({"when": when, "code": 63016, "outcome": "failed"}))

    await reach(stage, user, *["waiting_for_window"] * 3)
    await writes(stage, user)
    await reach(stage, user, *["read"] * 3)

    arrived = [m.body for m in stage.received(user) if m.error_code is None]
    assert arrived == ["The design is done.\n\nIt's built.\n\nIt's *ready*."]
    first, *others = await stage.rows(user)
    assert [row["carried_by"] for row in others] == [first["id"]] * 2


async def test_whoever_writes_wakes_the_sender_for_what_waited(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(code=63016))
    await reach(stage, user, "waiting_for_window")

    async with stage.pool.connection() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")
        await writes(stage, user)
        cursor = await connection.execute("SELECT task_name FROM procrastinate_jobs")
        assert await cursor.fetchall() == [("deliver",)]


async def test_a_repeated_failure_outside_the_window_waits_again(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault(code=63016))
    await reach(stage, user, *["waiting_for_window"] * 2)
    await writes(stage, user)
    stage.fail(TwilioFault(when="delivery", code=63016, outcome="failed"))
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE contact SET last_inbound_at = now() - interval '25 h'")

    await reach(stage, user, *["waiting_for_window"] * 2)
    await writes(stage, user)
    await reach(stage, user, *["read"] * 2)

    assert stage.texts(user) == ["one\n\ntwo"] * 2  # the first of them failed at Twilio


@pytest.mark.parametrize(
    ("stopped", "texts"),
    [("first", ["another's link"]), ("other", ["building\n\nalmost done"]), ("both", [])],
)
@pytest.mark.parametrize("carrier", ["queued", "waits again", "owed"])
async def test_a_stop_takes_back_its_own_news_and_no_others_that_are_packed_with_it(
    stage: Stage, carrier: str, stopped: str, texts: list[str]
) -> None:
    user = await stage.user()
    other = replace(user, request_id=await another_request(stage, user))
    stage.fail(TwilioFault(code=63016))
    for whose, text in ((user, "building"), (other, "another's link"), (user, "almost done")):
        await stage.say(whose, text)
    await reach(stage, user, *["waiting_for_window"] * 3)
    await writes(stage, user)
    async with stage.pool.connection() as connection:
        await window.release(connection, user.user_id)
        if carrier == "waits again":
            await connection.execute(
                "UPDATE outbox SET state = 'waiting_for_window' WHERE state = 'queued'"
            )
            await window.release(connection, user.user_id)
        if carrier == "owed":
            await connection.execute(
                "UPDATE outbox SET state = 'failed', is_owed = true WHERE state = 'queued'"
            )
        await connection.execute("DELETE FROM procrastinate_jobs")
        ended = {"first": [user], "other": [other], "both": [user, other]}[stopped]
        await outbox.withdraw(connection, user.user_id, [one.request_id for one in ended])
        cursor = await connection.execute("SELECT count(*) > 0 FROM procrastinate_jobs")
        assert await cursor.fetchone() == (carrier != "owed",)
        await connection.execute("UPDATE request SET request_type = 'talk'")  # all that is owed

    await stage.deliver(user)

    packed = texts if carrier != "owed" else "\n\n".join(texts).splitlines()[::2]
    assert stage.texts(user) == packed
    told = [row["state"] != "suppressed" for row in await stage.rows(user)]
    assert told == [user not in ended, other not in ended, user not in ended]


async def another_request(stage: Stage, user: User) -> UUID:
    """Let the user have written about something else as well."""
    request_id = uuid4()
    async with stage.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) SELECT %s, user_id, conversation_id, platform, trace_id,"
            " span_id, 5 FROM request WHERE request_id = %s",
            [request_id, user.request_id],
        )
    return request_id


@pytest.mark.lengthy
@pytest.mark.parametrize("when", ["before", "delivery"])
async def test_late_busy_answers_are_sent_again(stage: Stage, when: str) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": when, "code": 63018}))

    await reach(stage, user, "read", "read")

    first, _ = await stage.rows(user)
    assert first["attempts"] == 2
    assert [m.body for m in stage.received(user) if m.error_code is None].count("one") == 1


@pytest.mark.lengthy
async def test_a_late_failure_is_not_mistaken_for_the_next_attempt(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(
        TwilioFault(when="delivery", code=30001),
        TwilioFault(when="before", operation="fetch", code=1),
    )
    await deliver_pending(stage.services, user.user_id, policy=HASTE)

    async def is_queued_again() -> bool:
        return await stage.states(user) == ["queued"]

    await wait_until(is_queued_again)
    stage.fail(TwilioFault(status=503))
    await reach(stage, user, "read")

    assert [m.error_code for m in stage.received(user)] == [30001, None]


@pytest.mark.parametrize("when", ["before", "delivery"])
@pytest.mark.parametrize("code", [21610, 63014])
async def test_who_has_blocked_us_gets_nothing_more_until_they_write(
    stage: Stage, code: int, when: str
) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": when, "code": code, "outcome": "failed"}))

    await reach(stage, user, "suppressed", "suppressed")
    await stage.say(user, "three")

    assert (await stage.states(user))[-1] == "suppressed"
    assert await contact(stage, user) == (True, "blocked", False)
    await writes(stage, user)
    assert await contact(stage, user) == (False, None, False)
    await stage.say(user, "four")
    await stage.deliver(user)
    assert stage.texts(user)[-1] == "four"


async def test_who_opted_out_gets_the_confirmation_and_nothing_more(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    async with stage.pool.connection() as connection, connection.transaction():
        await recipients.suppress_contact(connection, user.user_id, "opted_out")
        await outbox.enqueue(
            connection,
            user_id=user.user_id,
            request_id=user.request_id,
            kind=MessageKind.OPTED_OUT,
            body="You won't hear from me.",
        )
    await stage.say(user, "two")
    await writes(stage, user)

    await reach(stage, user, "suppressed", "read", "suppressed")

    assert stage.texts(user) == ["You won't hear from me."]
    async with stage.pool.connection() as connection:
        asked = recipients.asked_for_opt_out(user.user_id)
        assert await ask_together(connection, asked) == [[True]]
        assert await recipients.accept_contact(connection, user.user_id)
        assert await ask_together(connection, asked) == [[]]


async def test_refused_credentials_stop_all_senders_until_they_are_accepted(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    one, two = await stage.user(), await stage.user()
    await stage.say(one, "one")
    await stage.say(two, "two")
    stage.fail(TwilioFault(code=20003), TwilioFault(operation="list", code=20003))

    for user in (one, two, one):
        await deliver_pending(stage.services, user.user_id, policy=HASTE)

    assert await stage.states(one) + await stage.states(two) == ["queued", "queued"]
    alerts = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert ["Twilio does not accept our credentials" in alert.message for alert in alerts] == [True]
    async with stage.pool.connection() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")

    assert not await circuit_breaker.end_if_recovered(stage.pool, stage.services.twilio)
    assert await circuit_breaker.end_if_recovered(stage.pool, stage.services.twilio)
    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT args ->> 'user_id' FROM procrastinate_jobs")
        assert sorted(await cursor.fetchall()) == sorted([(one.user_id,), (two.user_id,)])
    await stage.deliver(one)
    await stage.deliver(two)
    assert stage.texts(one) + stage.texts(two) == ["one", "two"]


async def test_two_messages_to_one_user_keep_their_distance(stage: Stage) -> None:
    stage.pace(PAIR_INTERVAL_SECONDS=0.4)
    user, other = await stage.user(), await stage.user()
    await stage.say(user, "one", "two", "three")
    await stage.say(other, "hello")

    await stage.deliver(user)
    await stage.deliver(other)

    attempts = [str(row["attempted_at"]) for row in await stage.rows(user)]
    times = [datetime.fromisoformat(attempt) for attempt in attempts]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert stage.texts(user) == ["one", "two", "three"]
    assert min(gaps) >= 0.4


async def test_a_clock_that_is_set_back_keeps_nobody_waiting(stage: Stage) -> None:
    stage.pace(PAIR_INTERVAL_SECONDS=60, SENDER_RATE_PER_SECOND=20)
    user, other = await stage.user(), await stage.user()
    await stage.say(user, "one", "two")
    await deliver_pending(stage.services, user.user_id, policy=HASTE)
    assert await jobs_to_come(stage) == 1
    await set_the_clock_back(stage)
    await stage.say(other, "hello")

    async with stage.pool.connection() as connection:
        await idle_senders.wake_senders(connection, idle_seconds=60)
    assert await jobs_to_come(stage) == 0
    for one in (user, other):
        await deliver_pending(stage.services, one.user_id, policy=HASTE)

    assert stage.texts(user) + stage.texts(other) == ["one", "two", "hello"]


@pytest.mark.parametrize("state", ["sending", "uncertain"])
async def test_what_is_doubtful_when_the_clock_is_set_back_is_settled(
    stage: Stage, state: str
) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(when="after", drop=True))
    await deliver_pending(stage.services, user.user_id, policy=HASTE)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET state = %s", [state])
    await set_the_clock_back(stage)

    await stage.deliver(user, replace(HASTE, attempt_timeout=0.5))

    assert stage.texts(user) == ["one"]
    assert [row["attempts"] for row in await stage.end(user)] == [1]


async def test_a_lost_callback_keeps_nobody_waiting_when_the_clock_is_set_back(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(when="delivery", callbacks="none"))
    await stage.deliver(user)
    await set_the_clock_back(stage)
    await stage.say(user, "two")

    await stage.deliver(user)

    assert stage.texts(user) == ["one", "two"]


async def set_the_clock_back(stage: Stage) -> None:
    """Leave all times an hour ahead, as if the database's clock had been put right since."""
    times = {
        "sender_pace": ["next_at"],
        "contact": ["last_attempt_at"],
        "outbox": ["created_at", "attempted_at", "not_before", "sent_at"],
        "procrastinate_jobs": ["scheduled_at"],
    }
    async with stage.pool.connection() as connection:
        for table, columns in times.items():
            ahead = ", ".join(f"{column} = {column} + interval '1 h'" for column in columns)
            await connection.execute(f"UPDATE {table} SET {ahead}".encode())


async def jobs_to_come(stage: Stage) -> int:
    """How many jobs are scheduled for later."""
    async with stage.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()"
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.lengthy
async def test_our_number_keeps_its_rate_over_all_senders(stage: Stage) -> None:
    stage.pace(SENDER_RATE_PER_SECOND=20)
    users = [await stage.user() for _ in range(10)]
    for user in users:
        await stage.say(user, "hello", "there", "you", "all")

    began = datetime.now(UTC)
    await stage.deliver_all(users)

    # The n-th to come has waited for the slots of those before it, however late the first was.
    times = sorted(m.created_at for user in users for m in stage.received(user))
    assert len(times) == 40
    assert all((at - began).total_seconds() >= n / 20 - 0.01 for n, at in enumerate(times))


@pytest.mark.lengthy
async def test_no_connection_is_held_while_twilio_is_asked_what_became_of_a_message(
    stage: Stage,
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", callbacks="none"))
    await stage.say(user, "one")
    await stage.deliver(user)

    async def is_read_at_twilio() -> bool:
        return [message.status for message in stage.received(user)] == ["read"]

    await wait_until(is_read_at_twilio)
    twilio = PatientTwilio(stage)

    assert await ask_after_sent(stage.pool, twilio, after=0) == 1
    assert await stage.states(user) == ["read"]
    assert twilio.has_answered
    twilio.close()


@pytest.mark.lengthy
@pytest.mark.parametrize("answered", [True, False])
async def test_a_message_of_before_a_long_outage_is_asked_about_until_twilio_answers_once(
    stage: Stage, answered: bool
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", callbacks="none"))
    if not answered:
        stage.fail(TwilioFault(operation="fetch", status=503))
    await stage.say(user, "here is your app")
    await stage.deliver(user)

    async def is_read_at_twilio() -> bool:
        return [message.status for message in stage.received(user)] == ["read"]

    await wait_until(is_read_at_twilio)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET sent_at = now() - interval '3 days'")

    assert await ask_after_sent(stage.pool, stage.services.twilio) == answered
    assert await ask_after_sent(stage.pool, stage.services.twilio) == (not answered)
    assert await stage.states(user) == ["read"]


@pytest.mark.lengthy
async def test_a_failure_that_is_heard_by_asking_is_told_to_operators_like_any_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", code=63024, callbacks="none"))
    await stage.say(user, "here is your app")
    await stage.deliver(user)

    async def has_failed_at_twilio() -> bool:
        return [message.status for message in stage.received(user)] == ["undelivered"]

    await wait_until(has_failed_at_twilio)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET sent_at = now() - interval '3 days'")

    assert await ask_after_sent(stage.pool, stage.services.twilio) == 1
    assert await stage.states(user) == ["failed"]
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [one for one in told if one.startswith("a message was not delivered: ")]


@pytest.mark.lengthy
async def test_a_phone_that_is_off_for_long_is_asked_about_once_more_and_not_for_ever(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    await stage.deliver(user)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox SET state = 'sent', provider_status = 'read',"
            " sent_at = now() - interval '3 days'"
        )
    twilio = CountingTwilio(stage.settings.twilio, stage.settings.web)

    assert await ask_after_sent(stage.pool, twilio) == 0
    assert await ask_after_sent(stage.pool, twilio) == 0
    assert twilio.asked == 1
    twilio.close()


class CountingTwilio(TwilioGateway):
    """Counts how often it is asked what became of a message."""

    asked = 0

    async def fetch_status(self, sid: str) -> KnownStatus | None:
        self.asked += 1
        return await super().fetch_status(sid)


class PatientTwilio(TwilioGateway):
    """Answers what became of a message once all connections are back in the pool."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.settings.twilio, stage.settings.web)
        self._pool = stage.pool
        self.has_answered = False

    async def fetch_status(self, sid: str) -> KnownStatus | None:
        await wait_until(self._are_all_back)
        self.has_answered = True
        return await super().fetch_status(sid)

    async def _are_all_back(self) -> bool:
        stats = self._pool.get_stats()
        return stats["pool_available"] == stats["pool_size"]
