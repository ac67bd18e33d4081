"""Senders that are frozen, late or killed lose nothing and send nothing twice."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from bot.delivery import attempts, outbox
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.twilio.client import SendFailure
from bot.twilio.error_codes import ErrorClass
from tests.forked_program import ForkedProgram
from tests.integration.delivery_stage import (
    AFTER_A_KILL,
    Pool,
    Stage,
    as_json,
    set_stage,
    wait_until,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


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


async def claimed(
    connection: AsyncConnection, message: outbox.OutboxMessage
) -> outbox.OutboxMessage:
    answer = await attempts.claim(connection, message)
    assert isinstance(answer, tuple)
    return answer[0]


def start_worker(settings: Settings, user_id: str, folder: Path) -> ForkedProgram:
    command = ["tests.integration.delivery_stage", as_json(settings), user_id]
    return ForkedProgram(command, dict(os.environ), folder / "workers.log")
