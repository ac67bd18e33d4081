"""What the user says while a build ends also meets what that build leaves behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.builds.change_requests import carry_over
from bot.settings.groups import Settings
from tests.integration.delivery_stage import wait_until
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

WAITS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@asynccontextmanager
async def ending(stage: DialogueStage) -> AsyncIterator[None]:
    """Let the one build end, with a change that it did not read; that is only seen afterwards."""
    (build,) = await stage.rows("SELECT build_id, project_id, user_id FROM build")
    async with stage.services.pool.connection() as connection, connection.transaction():
        await connection.execute("UPDATE build SET status = 'completed', ended_at = now()")
        await carry_over(connection, **build)
        yield


async def say_while_it_ends(stage: DialogueStage, body: str) -> None:
    """Let the message wait for a build that ends and leaves "make it blue" for the next one."""
    await stage.say("Build me a todo app")
    await stage.say("make it blue")

    async def waits() -> bool:
        return bool(await stage.rows(WAITS))

    async with ending(stage):
        reading = asyncio.create_task(stage.say(body))
        await wait_until(waits)
    await reading


async def test_a_stop_ends_what_a_build_leaves_behind_as_it_ends(stage: DialogueStage) -> None:
    await say_while_it_ends(stage, "stop")

    assert await stage.builds() == [
        ("Build me a todo app", "completed"),
        ("make it blue", "stopped"),
    ]
    assert (await stage.heard())[-1].body.startswith("Stopped")


async def test_a_change_is_made_with_those_that_a_build_leaves_behind(
    stage: DialogueStage,
) -> None:
    await say_while_it_ends(stage, "make the title larger")

    assert await stage.builds() == [
        ("Build me a todo app", "completed"),
        ("make it blue", "queued"),
    ]
    waiting = await stage.rows(
        "SELECT body, request_text FROM change_request JOIN build USING (build_id)"
    )
    assert ("make the title larger", "make it blue") in [tuple(row.values()) for row in waiting]
