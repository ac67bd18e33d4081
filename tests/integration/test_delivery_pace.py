"""Messages keep their distance and our number its rate, also when the clock is set back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bot.delivery import idle_senders
from bot.delivery.sender import deliver_pending
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
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
