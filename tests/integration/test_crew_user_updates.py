"""What an engineer is told beside what their user writes meanwhile."""

from collections.abc import AsyncIterator

import pytest

from bot.builds.change_requests import add_change
from bot.crew.agent_specs import FRONTEND
from bot.crew.assignment import Assignment, Outcome
from bot.crew.tools import ToolContext
from bot.crew.user_updates import read_changes
from bot.model.answers import ChangeSize
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from handoffs.checkpoints import Turn
from handoffs.lifecycle import spawn_agent
from handoffs.tokens import WorkingBudget
from tests.integration.crew_stage import USER, Pool, claimed_build
from tests.users import add_request_row

pytestmark = pytest.mark.anyio

BUDGET = WorkingBudget(window=200_000, working_budget=200_000, max_output=48_000)
SHARED = '{"votes": {"type": "object", "properties": {"for": {"type": "string", "maxLength": 9}}}}'
DEFINE, REACH = "define that there before you use it", "`GET api/collections/NAME`"


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


async def never_done(_: object, answer: str) -> Outcome:
    raise NotImplementedError


async def told(at: ToolContext, size: ChangeSize, files: dict[str, str]) -> str:
    """What the engineer of an app reads with a change of that size."""
    async with at.lease.transaction() as connection:
        workspace = Workspace(connection, at.build.project_id)
        for path, content in files.items():
            await workspace.write(path, content)
        agent = await spawn_agent(
            connection,
            request_id=at.build.request_id,
            user_id=USER,
            project_id=at.build.project_id,
            agent_type=FRONTEND.agent_type,
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )
        await add_change(
            connection,
            project_id=at.build.project_id,
            user_id=USER,
            request_id=await add_request_row(connection, USER, 1),
            body="and each neighbour changes their own alone",
            size=size,
        )
        turn = Turn(number=1, answer=[], stop_reason="tool_use", results=None)
        working = Assignment(
            services=at.services,
            lease=at.lease,
            build=at.build,
            spec=FRONTEND,
            opening=None,
            finish=never_done,
        )
        news = await read_changes(connection, working, agent, turn)
    return "\n".join(block["text"] for block in news if block["type"] == "text")


@pytest.mark.parametrize(
    ("size", "files", "is_told"),
    [
        ("behaviour", {"collections.json": SHARED}, {DEFINE}),
        ("looks", {"collections.json": SHARED}, set()),
        ("large", {"index.html": "<!doctype html>"}, {DEFINE, REACH}),
        ("behaviour", {"index.html": "<!doctype html>"}, set()),
    ],
    ids=["other rights", "other looks", "shared from now on", "shared with nobody"],
)
async def test_how_visitors_data_is_altered_is_told_with_a_change_that_may_need_it(
    at: ToolContext, size: ChangeSize, files: dict[str, str], is_told: set[str]
) -> None:
    says = await told(at, size, files)
    assert "each neighbour changes their own alone" in says
    assert {guide for guide in (DEFINE, REACH) if guide in says} == is_told
