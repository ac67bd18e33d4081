"""Every message arrives once and in order, or is visibly failed, however Twilio fails."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from cryptography.fernet import Fernet
from psycopg import AsyncConnection

from bot.delivery import attempts, idle_senders, outbox, recipients
from bot.delivery.retry_policy import RetryDelays
from bot.delivery.sender import deliver_pending
from bot.delivery.status_polling import ask_after_sent
from bot.messages.kinds import MessageKind
from bot.sandbox.twilio.faults import TwilioFault
from bot.services import Services
from bot.settings.groups import Settings
from bot.twilio import client
from bot.twilio.client import SendFailure, SentMessage, TwilioGateway
from bot.twilio.error_codes import ErrorClass
from tests.forked_program import ForkedProgram
from tests.integration.delivery_stage import (
    AFTER_A_KILL,
    HASTE,
    Pool,
    Stage,
    as_json,
    set_stage,
    wait_until,
)
from tests.settings import changed

pytestmark = pytest.mark.anyio

# Whoever is refused once waits for longer than any test takes.
UNHURRIED = replace(
    HASTE,
    backoffs={verdict: RetryDelays(first=600, longest=600, attempts=5) for verdict in ErrorClass},
)


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def test_messages_arrive_in_order_and_end_read(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two", "three")

    await stage.deliver(user)

    assert stage.texts(user) == ["one", "two", "three"]
    rows = await stage.end(user)
    assert [row["state"] for row in rows] == ["read"] * 3
    assert [row["provider_sid"] for row in rows] == [m.sid for m in stage.received(user)]
    assert all(row["attempts"] == 1 and row["finished_at"] for row in rows)


async def test_a_long_message_arrives_in_numbered_parts(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "A sentence with seven words in it. " * 100)

    await stage.deliver(user)

    assert [text[:6] for text in stage.texts(user)] == ["(1/3) ", "(2/3) ", "(3/3) "]


async def test_a_user_without_a_phone_number_is_reached(stage: Stage) -> None:
    user = await stage.user("whatsapp:DE.abcDEF123456")
    await stage.say(user, "hello")

    await stage.deliver(user)

    assert stage.texts(user) == ["hello"]


@pytest.mark.parametrize(
    "again",
    ["It's built, again.", "A sentence with seven words in it. " * 100],
    ids=["short", "in parts"],
)
async def test_the_same_news_is_queued_once(stage: Stage, again: str) -> None:
    user = await stage.user()
    async with stage.pool.connection() as connection:
        answers = [
            await outbox.enqueue(
                connection,
                user_id=user.user_id,
                request_id=user.request_id,
                kind=MessageKind.BUILT,
                body=body,
            )
            for body in ("It's built.", again)
        ]

    await stage.deliver(user)

    assert answers == [True, False]
    assert stage.texts(user) == ["It's built."]


@pytest.mark.parametrize(
    "fault",
    [
        TwilioFault(code=20429, times=2),
        TwilioFault(status=503, times=2),
        TwilioFault(drop=True),
        TwilioFault(when="after", status=500),
        TwilioFault(when="after", drop=True),
        TwilioFault(when="after", hang_seconds=0.5),
    ],
    ids=lambda fault: f"{fault.when}-{fault.http_status or ('drop' if fault.drop else 'hang')}",
)
async def test_a_failing_twilio_gets_each_message_once(stage: Stage, fault: TwilioFault) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two", "three")
    stage.fail(fault)

    await stage.deliver(user)

    assert stage.texts(user) == ["one", "two", "three"]
    assert [row["state"] for row in await stage.end(user)] == ["read"] * 3


@pytest.mark.lengthy
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_timeout_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, when: Literal["before", "after"]
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    impatient = TwilioGateway(stage.settings.twilio, stage.settings.web)
    # Many times as long as it takes Twilio to take it in.
    policy = replace(HASTE, attempt_timeout=6.0)
    stage.fail(TwilioFault(when=when, hang_seconds=1.0 if when == "before" else 60.0))
    user = await stage.user()
    await stage.say(user, "one", "two")

    services = replace(stage.services, twilio=impatient)
    await deliver_pending(services, user.user_id, policy=policy)
    (doubtful, _) = await stage.rows(user)
    assert doubtful["error_message"] == "no answer: ReadTimeout"

    async def twilio_has_it() -> bool:
        return stage.texts(user) == ["one"]

    await wait_until(twilio_has_it)
    await stage.deliver(user, policy)

    assert stage.texts(user) == ["one", "two"]
    assert [row["attempts"] for row in await stage.end(user)] == [1, 1]
    impatient.close()


async def test_the_same_text_twice_arrives_twice_also_when_the_second_is_doubtful(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "Noted.")
    await stage.deliver(user)
    stage.fail(TwilioFault(status=503))
    await stage.say(user, "Noted.")

    await stage.deliver(user)

    assert stage.texts(user) == ["Noted.", "Noted."]


async def test_twilio_may_not_even_tell_what_it_got(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(
        TwilioFault(when="after", drop=True), TwilioFault(operation="list", status=500, times=2)
    )

    await stage.deliver(user)

    assert stage.texts(user) == ["one"]


async def test_a_message_that_cannot_get_through_fails_and_the_next_ones_go_on(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault(code=63003))

    await stage.deliver(user)

    assert stage.texts(user) == ["two"]
    failed, read = await stage.end(user)
    assert (failed["state"], failed["error_code"]) == ("failed", 63003)
    assert failed["error_message"] == "the recipient has no such address"
    assert read["state"] == "read"


async def test_attempts_end(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault(code=20429, times=5))

    await stage.deliver(user)

    failed, _ = await stage.end(user)
    assert (failed["state"], failed["error_code"], failed["attempts"]) == ("failed", 20429, 5)
    assert stage.texts(user) == ["two"]


@pytest.mark.lengthy
async def test_unanswered_attempts_end(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(status=500, times=100))

    await stage.deliver(user)

    (failed,) = await stage.rows(user)
    assert (failed["state"], failed["attempts"]) == ("failed", 5)


async def test_an_unreachable_twilio_is_tried_again_later(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    away = changed(stage.settings, TWILIO_BASE_URL="http://127.0.0.1:9")
    nowhere = TwilioGateway(away.twilio, away.web)
    services = Services(
        settings=stage.settings, pool=stage.pool, model=stage.services.model, twilio=nowhere
    )

    await deliver_pending(services, user.user_id, policy=HASTE)
    nowhere.close()

    (waiting,) = await stage.rows(user)
    assert (waiting["state"], waiting["error_message"]) == ("queued", "Twilio cannot be reached")
    await stage.deliver(user)
    assert stage.texts(user) == ["one"]


async def test_whoever_makes_a_message_wait_schedules_the_job_for_it(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(code=20429))

    await deliver_pending(stage.services, user.user_id, policy=UNHURRIED)

    async with stage.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT task_name, args ->> 'user_id', scheduled_at = not_before"
            " FROM procrastinate_jobs, outbox WHERE scheduled_at > now()"
        )
        assert await cursor.fetchall() == [("deliver", user.user_id, True)]


async def test_a_job_that_comes_early_leaves_the_waiting_message_alone(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(code=20429))
    await deliver_pending(stage.services, user.user_id, policy=UNHURRIED)

    await stage.say(user, "two")
    await deliver_pending(stage.services, user.user_id, policy=UNHURRIED)

    assert stage.texts(user) == []
    assert await stage.states(user) == ["queued", "queued"]


async def test_an_address_under_another_key_fails_visibly(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    other_key = changed(stage.settings, CONTACT_KEY=Fernet.generate_key().decode())
    stage.services = Services(
        settings=other_key,
        pool=stage.pool,
        model=stage.services.model,
        twilio=stage.services.twilio,
    )

    await stage.deliver(user)

    (failed,) = await stage.rows(user)
    assert (failed["state"], failed["error_message"]) == (
        "failed",
        "the address is under another CONTACT_KEY",
    )


@pytest.mark.lengthy
@pytest.mark.parametrize("callbacks", ["reversed", "doubled", "none"])
async def test_odd_callbacks_change_neither_order_nor_number(stage: Stage, callbacks: str) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": "delivery", "callbacks": callbacks, "times": 2}))

    unconfirmed = replace(HASTE, confirmation_timeout=1.0)
    await stage.deliver(user, unconfirmed if callbacks == "none" else HASTE)

    assert stage.texts(user) == ["one", "two"]
    if callbacks == "none":
        assert await stage.states(user) == ["sent", "sent"]
    else:
        assert [row["state"] for row in await stage.end(user)] == ["read"] * 2


async def test_the_next_message_waits_until_the_former_has_left_twilio(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")

    await stage.deliver(user)

    one, two = stage.received(user)
    assert one.sent_at is not None
    assert two.created_at >= one.sent_at


async def test_callbacks_that_overtake_the_answer_are_not_lost(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(when="after", hang_seconds=0.5))

    await stage.deliver(user)

    (row,) = await stage.end(user)
    assert row["state"] == "read"
    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM early_status")
        assert await cursor.fetchone() == (0,)


async def test_a_failure_that_is_reported_later_is_visible(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(when="delivery", code=63024))

    await stage.deliver(user)

    (failed,) = await stage.end(user)
    assert (failed["state"], failed["error_code"]) == ("failed", 63024)
    assert failed["error_message"] == "the recipient's address is not valid"


@pytest.mark.parametrize("callbacks", ["in_order", "none"])
async def test_what_failed_before_it_was_found_at_twilio_is_sent_again(
    stage: Stage, callbacks: Literal["in_order", "none"]
) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(
        TwilioFault(when="after", drop=True),
        TwilioFault(when="delivery", code=63018, callbacks=callbacks),
    )
    await deliver_pending(stage.services, user.user_id, policy=HASTE)

    async def has_failed() -> bool:
        return [m.status for m in stage.received(user)] == ["undelivered"]

    async def is_told() -> bool:
        async with stage.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT FROM early_status WHERE status = 'undelivered'"
            )
            return await cursor.fetchone() is not None

    await wait_until(has_failed if callbacks == "none" else is_told)
    await stage.deliver(user)
    if callbacks == "none":
        assert await stage.states(user) == ["sent"]
        assert await ask_after_sent(stage.pool, stage.services.twilio, after=0) == 1
        await stage.deliver(user)

    (row,) = await stage.end(user)
    assert (row["state"], row["attempts"]) == ("read", 2)
    assert [m.error_code for m in stage.received(user)] == [63018, None]


@pytest.mark.lengthy
async def test_many_senders_for_one_user_send_each_message_once(stage: Stage) -> None:
    user = await stage.user()
    texts = [f"message {number}" for number in range(6)]
    await stage.say(user, *texts)

    await asyncio.gather(*(stage.deliver(user) for _ in range(5)))

    assert stage.texts(user) == texts


async def test_a_sender_that_was_frozen_after_its_claim_sends_nothing(stage: Stage) -> None:
    user = await stage.user()

    answer = await stage.services.twilio.send(user.address, "hi", before=time.monotonic() - 1)

    assert isinstance(answer, SendFailure)
    assert answer.verdict is ErrorClass.REFUSED
    assert stage.texts(user) == []


async def test_a_sender_that_lost_its_claim_cannot_write(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    async with stage.pool.connection() as connection:
        message = await outbox.find_next(
            connection, user.user_id, confirmation=0, pair_interval=0, has_template=False
        )
        assert message is not None
        mine = await claimed(connection, message)
        assert await attempts.claim(connection, message) is None

        theirs = await claimed(connection, mine)
        lost = await attempts.note_accepted(connection, mine, provider_sid="SM1", status="queued")
        await attempts.fail(connection, mine, error_code=None, error_message="no", may_pass=False)
        kept = await attempts.note_accepted(connection, theirs, provider_sid="SM2", status="queued")

    assert (lost, kept) == (None, "sent")


@pytest.mark.lengthy
@pytest.mark.parametrize("when", ["before", "after"])
async def test_kill_9_between_twilios_answer_and_ours_sends_nothing_twice(
    stage: Stage, tmp_path: Path, when: str
) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": when, "hang_seconds": 60, "status": 503}))
    worker = start_worker(stage.settings, user.user_id, tmp_path)

    async def twilio_was_asked() -> bool:
        return await stage.states(user) == ["sending", "queued"] and (
            not stage.stand_in.broker.faults.pending()
        )

    await wait_until(twilio_was_asked)
    worker.kill()
    worker.wait()
    await stage.deliver(user, AFTER_A_KILL)

    assert stage.texts(user) == ["one", "two"]
    first, _ = await stage.end(user)
    assert first["attempts"] == (1 if when == "after" else 2)


@pytest.mark.lengthy
async def test_senders_that_are_killed_all_the_time_lose_and_repeat_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    users = [await stage.user() for _ in range(3)]
    texts = [f"message {number}" for number in range(5)]
    for user in users:
        await stage.say(user, *texts)
    stage.fail(
        TwilioFault(when="after", status=500, times=2),
        TwilioFault(code=20429),
        TwilioFault(when="after", drop=True),
    )
    for seconds in (1.0, 1.2, 1.4):
        workers = [start_worker(stage.settings, user.user_id, tmp_path) for user in users]
        await asyncio.sleep(seconds)
        for worker in workers:
            worker.kill()
            worker.wait()

    await stage.deliver_all(users, AFTER_A_KILL)

    assert [stage.texts(user) for user in users] == [texts] * 3


async def test_the_request_is_closed_when_its_last_message_is_out(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "done")
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE request SET work_ended_at = now(), status = 'completed'")

    await stage.deliver(user)

    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT closed_at IS NOT NULL FROM request")
        assert await cursor.fetchone() == (True,)


async def test_what_ended_with_nobody_left_to_close_it_is_closed_by_the_sweep(
    stage: Stage,
) -> None:
    """A worker died before it closed it; what was put back in a halt is not wanted any more."""
    died, blocked, halted = [await stage.user() for _ in range(3)]
    stage.fail(TwilioFault(code=20003))
    for user in (blocked, halted):
        await stage.say(user, "done")
        await deliver_pending(stage.services, user.user_id, policy=HASTE)
    async with stage.pool.connection() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")  # they have run
        await recipients.suppress_contact(connection, blocked.user_id, "blocked")
        await connection.execute("UPDATE request SET work_ended_at = now(), status = 'completed'")
        jobs = "SELECT args ->> 'user_id' FROM procrastinate_jobs"

        assert await idle_senders.wake_senders(connection, idle_seconds=60) == 0
        assert await idle_senders.wake_senders(connection, idle_seconds=0) == 2
        assert await idle_senders.wake_senders(connection, idle_seconds=0) == 0
        woken = {user_id for (user_id,) in await (await connection.execute(jobs)).fetchall()}
        assert woken == {died.user_id, blocked.user_id}

        for user_id in woken:
            await deliver_pending(stage.services, user_id, policy=HASTE)
        open_still = await connection.execute("SELECT user_id FROM request WHERE closed_at IS NULL")
        assert await open_still.fetchall() == [(halted.user_id,)]


async def test_typing_is_shown_and_its_failure_is_harmless(stage: Stage) -> None:
    user = await stage.user()

    await stage.services.twilio.show_typing("SM" + "0" * 32)
    answer = await stage.services.twilio.send(user.address, "still here")

    assert isinstance(answer, SentMessage)


async def claimed(
    connection: AsyncConnection, message: outbox.OutboxMessage
) -> outbox.OutboxMessage:
    answer = await attempts.claim(connection, message)
    assert isinstance(answer, tuple)
    return answer[0]


def start_worker(settings: Settings, user_id: str, folder: Path) -> ForkedProgram:
    command = ["tests.integration.delivery_stage", as_json(settings), user_id]
    return ForkedProgram(command, dict(os.environ), folder / "workers.log")
