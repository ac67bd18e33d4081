"""Handing over ends where it helps nobody: after two agents in a row who have done nothing."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import pytest

from bot.crew import transcript
from bot.crew.agent_specs import FRONTEND
from bot.crew.progress_check import has_room, lacks_progress
from bot.crew.tools import ToolContext
from bot.settings.groups import Settings
from handoffs import checkpoints
from handoffs.checkpoints import Turn
from handoffs.lifecycle import (
    Agent,
    TerminationReason,
    revive_agent,
    spawn_agent,
    terminate_agent,
)
from handoffs.tokens import WorkingBudget
from tests.integration.crew_stage import USER, Pool, claimed_build
from tests.turns import store_answer

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

pytestmark = pytest.mark.anyio

BUDGET = WorkingBudget(window=200_000, working_budget=9_000, max_output=1_000)
SENT_BACK = transcript.note("<findings>\n- [looks, craft 2 of 5] The foot is dim.\n</findings>")


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


async def engineer(at: ToolContext, before: Agent | None, tools: Sequence[str]) -> Agent:
    """One who has used these tools, a turn each, and is full; "" is that work was sent back."""
    async with at.lease.transaction() as connection:
        agent = await spawn_agent(
            connection,
            request_id=at.build.request_id,
            user_id=USER,
            project_id=at.build.project_id,
            agent_type="frontend",
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
            predecessor_agent_id=before.agent_id if before else None,
        )
        for number, tool in enumerate(tools, start=1):
            use_id = f"toolu_{agent.agent_id}_{number}"
            used: ContentBlockParam = {"type": "tool_use", "id": use_id, "name": tool, "input": {}}
            done: ContentBlockParam = {"type": "tool_result", "tool_use_id": use_id, "content": ""}
            answer, results = (used, done) if tool else (transcript.note("Done."), SENT_BACK)
            await store_answer(connection, agent.agent_id, number, [answer], "tool_use")
            await checkpoints.store_results(connection, agent.agent_id, number, [results])
    return agent


@pytest.mark.parametrize(
    ("first", "second", "is_idle"),
    [
        (["read_file"], ["read_file"], True),
        (["read_file", "note_decision"], ["note_decision"], True),
        (["write_file", ""], ["read_file"], True),
        (["write_file"], ["read_file"], False),
        (["read_file"], ["replace_in_file"], False),
        (["write_file", "", "replace_in_file"], ["read_file"], False),
    ],
)
async def test_after_two_who_have_done_nothing_the_second_goes_on(
    at: ToolContext, first: list[str], second: list[str], *, is_idle: bool
) -> None:
    before = await engineer(at, None, first)
    agent = await engineer(at, before, second)
    async with at.services.pool.connection() as connection:
        turns: list[Turn] = await checkpoints.load_turns(connection, agent.agent_id)
        assert await lacks_progress(connection, agent, turns, FRONTEND.tools) is is_idle


@pytest.mark.parametrize("first", [None, ["write_file"]])
async def test_who_goes_on_after_a_stop_is_no_second_one_who_has_done_nothing(
    at: ToolContext, first: list[str] | None
) -> None:
    before = await engineer(at, None, first) if first else None
    stopped = await engineer(at, before, ["read_file"])
    async with at.lease.transaction() as connection:
        reason = TerminationReason.MANUAL_TERMINATION
        agent = await revive_agent(connection, await terminate_agent(connection, stopped, reason))
        turns = await checkpoints.load_turns(connection, agent.agent_id)
        assert not await lacks_progress(connection, agent, turns, FRONTEND.tools)
        assert await has_room(connection, agent, turns) is (first is None)
