"""Outside the window news wait, and come together when the user writes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from bot.delivery import outbox, window
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from telemetry.alerts import all_alerts
from tests.integration.delivery_stage import (
    Pool,
    Stage,
    User,
    reach,
    set_stage,
    writes,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


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


async def test_what_waited_for_its_user_is_not_late_when_they_come_back(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "waits for the window", "was given up")
    stage.fail(TwilioFault(code=63016))
    await reach(stage, user, *["waiting_for_window"] * 2)
    (late,) = [alert for alert in all_alerts() if alert.name == "undelivered_messages"]
    asked = {"threshold": late.threshold, "window": late.window}
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET created_at = created_at - interval '2 days'")
        await connection.execute(
            "UPDATE outbox SET state = 'failed', finished_at = now() - interval '1 day',"
            " is_owed = true WHERE body = 'was given up'"
        )
        await writes(stage, user)
        await window.release(connection, user.user_id)
        await connection.execute("UPDATE request SET request_type = 'talk'")

        queued = "SELECT count(*) FROM outbox WHERE state = 'queued'"
        assert await (await connection.execute(queued)).fetchone() == (2,)
        assert await (await connection.execute(late.query, asked)).fetchall() == []

        await connection.execute("UPDATE outbox SET due_since = due_since - interval '11 minutes'")
        assert await (await connection.execute(late.query, asked)).fetchall() == [("queued", 2)]


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
