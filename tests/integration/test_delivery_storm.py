"""A thousand messages to fifty users, with a failing Twilio and senders that are killed."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.status_polling import ask_after_sent
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.forked_program import ForkedProgram
from tests.integration.delivery_stage import Pool, Stage, as_json, set_stage
from tests.process_logs import Logs, watched

pytestmark = pytest.mark.anyio

USERS, MESSAGES = 50, 20
LIMIT = 500.0  # seconds
KILL_AFTER = 1.0  # seconds, six times
KILLS = 6
UNREPORTED = 20  # messages that Twilio says nothing of by itself

FAULTS = (
    TwilioFault(code=20429, times=20),
    TwilioFault(status=503, times=10),
    TwilioFault(drop=True, times=5),
    TwilioFault(when="after", status=500, times=10),
    TwilioFault(when="after", drop=True, times=5),
    TwilioFault(when="after", hang_seconds=0.5, drop=True, times=3),
    TwilioFault(operation="list", status=500, times=5),
    TwilioFault(when="delivery", callbacks="reversed", times=60),
    TwilioFault(when="delivery", callbacks="doubled", times=60),
    TwilioFault(when="delivery", callbacks="none", times=UNREPORTED),
)


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_thousand_messages_arrive_once_and_in_order(stage: Stage, tmp_path: Path) -> None:
    log = tmp_path / "senders.log"
    watched.append(Logs(tmp_path))
    began = time.monotonic()
    users = [await stage.user() for _ in range(USERS)]
    texts = [f"message {number}" for number in range(MESSAGES)]
    for user in users:
        await stage.say(user, *texts)
    single = [fault.model_copy(update={"times": 1}) for fault in FAULTS for _ in range(fault.times)]
    random.Random(7).shuffle(single)
    stage.fail(*single)

    senders = [start_sender(stage.settings, log) for _ in range(2)]
    try:
        kills = 0
        while await count(stage, "state IN ('queued', 'sending', 'uncertain')"):
            assert time.monotonic() - began < LIMIT
            await asyncio.sleep(KILL_AFTER if kills < KILLS else 0.2)
            if kills < KILLS:
                kill(senders[kills % 2])
                senders[kills % 2] = start_sender(stage.settings, log)
                kills += 1
    finally:
        for sender in senders:
            kill(sender)
    # One that was asked after between its delivery and its reading stays delivered: no callback
    # comes, and nobody asks after what has arrived.
    while (
        await count(stage, "state NOT IN ('delivered', 'read', 'failed')")
        or await count(stage, "state = 'delivered'") > UNREPORTED
    ):
        assert time.monotonic() - began < LIMIT
        await ask_after_sent(stage.pool, stage.services.twilio, after=1.0)
        await asyncio.sleep(0.2)

    assert kills >= 2
    assert await count(stage, "state IN ('delivered', 'read')") == USERS * MESSAGES
    assert [stage.texts(user) for user in users] == [texts] * USERS


async def count(stage: Stage, condition: str) -> int:
    async with stage.pool.connection() as connection:
        cursor = await connection.execute(f"SELECT count(*) FROM outbox WHERE {condition}".encode())
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def start_sender(settings: Settings, log: Path) -> ForkedProgram:
    command = ["tests.integration.storm_sender", as_json(settings)]
    return ForkedProgram(command, dict(os.environ), log)


def kill(process: ForkedProgram) -> None:
    process.kill()
    process.wait()
