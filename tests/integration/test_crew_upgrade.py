"""A release comes while a build is under way: who has begun goes on as they were told."""

import asyncio
import json
from typing import Any

import pytest

from bot.crew import agent_specs
from bot.crew.tools import ToolContext
from bot.model.roles import role_prompt
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows.orchestrator import run_build
from tests.integration.crew_stage import Pool, claimed_build
from tests.integration.delivery_stage import wait_until
from tests.settings import changed

pytestmark = pytest.mark.anyio

NEW = "\n\nThis line came with a new release."


def systems(claude: FakeClaude, role: str) -> list[str]:
    """The system prompts of a role's calls, in their order."""
    calls = claude.journal.answered()
    bodies: list[Any] = [json.loads(call.body or b"{}") for call in calls if call.role == role]
    return [body["system"][0]["text"] for body in bodies]


async def test_who_has_begun_goes_on_under_the_prompt_of_then(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await stop_the_worker(at, claude)
            monkeypatch.setattr(agent_specs, "role_prompt", lambda role: role_prompt(role) + NEW)
            await run_build(at.services, at.build.build_id)
            async with pool.connection() as connection:
                build = await (await connection.execute("SELECT status FROM build")).fetchone()
                kept = await (
                    await connection.execute(
                        "SELECT count(*), count(DISTINCT prompt_hash),"
                        " (SELECT count(*) FROM agent_prompt), min(thinking_tokens) FROM agent"
                    )
                ).fetchone()
                thought = await (
                    await connection.execute(
                        "SELECT sum(thinking_tokens) > 0, bool_and(thinking_tokens <="
                        " output_tokens) FROM model_call"
                    )
                ).fetchone()
        refused = [call["error"] for call in claude.journal.as_json() if call["status"] == 400]
        engineer, later = systems(claude, "frontend"), systems(claude, "code_reviewer")

    assert refused == []
    assert build == ("completed",)
    assert len(engineer) > 1
    assert not any(NEW in system for system in engineer)
    assert later
    assert all(system.endswith(NEW) for system in later)
    assert kept is not None
    assert kept[1] == kept[2]
    assert thought == (True, True)


async def stop_the_worker(at: ToolContext, claude: FakeClaude) -> None:
    """Let a worker build until the engineer has taken a turn, and end it then."""
    async with at.services.pool.connection() as connection:
        await connection.execute("DELETE FROM workspace_file")
        await connection.execute("UPDATE build SET request_text = 'Build a counter step by step'")
    claude.faults.add([ClaudeFault(fault="hang", role="frontend", after_turns=1)])

    async def hangs() -> bool:
        assert not working.done(), working.result()
        return any(call["fault"] == "hang" for call in claude.journal.as_json())

    working = asyncio.create_task(run_build(at.services, at.build.build_id))
    await wait_until(hangs)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
