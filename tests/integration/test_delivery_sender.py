"""Every message arrives once and in order, and its request is closed after the last."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.delivery import idle_senders, outbox, recipients
from bot.delivery.sender import deliver_pending
from bot.messages.kinds import MessageKind
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.twilio.client import SentMessage
from tests.integration.delivery_stage import (
    HASTE,
    Pool,
    Stage,
    set_stage,
)

pytestmark = pytest.mark.anyio


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


async def test_the_next_message_waits_until_the_former_has_left_twilio(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")

    await stage.deliver(user)

    one, two = stage.received(user)
    assert one.sent_at is not None
    assert two.created_at >= one.sent_at


@pytest.mark.lengthy
async def test_many_senders_for_one_user_send_each_message_once(stage: Stage) -> None:
    user = await stage.user()
    texts = [f"message {number}" for number in range(6)]
    await stage.say(user, *texts)

    await asyncio.gather(*(stage.deliver(user) for _ in range(5)))

    assert stage.texts(user) == texts


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
