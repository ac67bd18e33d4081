"""What an app must do is written down beside the engineer, and either ends or resumes with both."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import pytest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from bot.builds.builds import set_plan
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.steps import ExpectText
from bot.crew.agent_specs import DESIGNER, ORCHESTRATOR
from bot.crew.assignment import Outcome
from bot.crew.standing_list import find_agreed, objection_to, standing_list
from bot.errors import OwnershipLost
from bot.model.answers import Plan
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows.build_context import BuildContext
from bot.workflows.steps import implement
from tests.integration.crew_stage import Pool, claimed_build
from tests.integration.delivery_stage import wait_until
from tests.settings import changed

pytestmark = pytest.mark.anyio


@dataclass
class Stage:
    """A build that is about to be written, and the stand-in that its crew asks."""

    context: BuildContext
    claude: FakeClaude

    async def plans(self, *agents: str) -> None:
        """These work beside the engineer; a designer has designed."""
        plan = Plan(
            workflow="full_build",
            agents_needed=[*agents, "frontend", "devops"],
            reasoning="",
            estimated_complexity="simple",
            estimated_steps=1,
            title="Counter",
            summary="A counter.",
        )

        async def planned(connection: AsyncConnection, answer: str) -> Outcome:
            await set_plan(
                connection,
                self.context.build,
                workflow=plan.workflow,
                title=plan.title,
                plan=plan.model_dump(),
            )
            return self.context.brief_after(ORCHESTRATOR, "plan", answer)

        async def designed(connection: AsyncConnection, answer: str) -> Outcome:
            return self.context.brief_after(DESIGNER, "design", answer)

        self.context.follow(plan)
        answer = plan.model_dump_json()
        await self.context.perform_without(ORCHESTRATOR, planned, answer, opening="[]")
        if self.context.has("designer"):
            await self.context.perform(DESIGNER, designed)
        self.claude.journal.clear()

    async def agreed(self) -> Acceptance | None:
        async with self.context.services.pool.connection() as connection:
            found = await find_agreed(connection, self.context.build)
        assert found is not None
        return found.acceptance

    async def agents(self) -> dict[str, dict[str, Any]]:
        """The engineer and QA, by role."""
        async with (
            self.context.services.pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(
                "SELECT agent_type, version, state, result, opening FROM agent"
                " WHERE agent_type IN ('frontend', 'qa') ORDER BY version"
            )
            return {row["agent_type"]: row for row in await cursor.fetchall()}

    async def has_ended(self, role: str) -> bool:
        agent = (await self.agents()).get(role)
        return agent is not None and agent["result"] is not None

    def slow_model(self, seconds: float, role: str | None = None) -> None:
        said = Delay(before=seconds, role=role).model_dump_json().encode()
        urlopen(Request(f"{self.claude.url}/delay", said, method="POST")).close()

    def called(self) -> list[str]:
        return sorted(str(call["role"]) for call in self.claude.journal.as_json())

    async def are_both_asked(self) -> bool:
        return len(self.called()) == 2


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    with FakeClaude() as claude:
        connected = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, connected) as at:
            services = replace(at.services, settings=changed(at.services.settings, CHECK_APPS=True))
            request_text = "Build me a counter"
            async with pool.connection() as connection:
                await connection.execute("UPDATE build SET request_text = %s", [request_text])
                await connection.execute("UPDATE requirement SET words = %s", [request_text])
            build = replace(at.build, request_text=request_text)
            yield Stage(BuildContext(services=services, lease=at.lease, build=build), claude)


async def test_qa_writes_from_what_was_asked_and_designed_and_sees_no_code(stage: Stage) -> None:
    await stage.plans("designer", "qa")

    await implement(stage.context)

    assert stage.called() == ["frontend", "qa"]
    agreed = await stage.agreed()
    assert agreed is not None
    assert "Counting up counts, and is kept." in {one.criterion for one in agreed.criteria}
    brief = json.loads((await stage.agents())["qa"]["opening"])[0]["text"]
    assert "1. [does, open] Build me a counter" in brief
    assert '"controls"' in brief
    assert "Count My counter up" in brief
    assert "<sources>" not in brief
    async with stage.context.services.pool.connection() as connection:
        assert await standing_list(connection, stage.context.build.project_id) is not None


@pytest.mark.parametrize(("first", "last"), [("frontend", "qa"), ("qa", "frontend")])
async def test_neither_waits_for_the_other(stage: Stage, first: str, last: str) -> None:
    await stage.plans("designer", "qa")
    stage.slow_model(60, last)
    implementing = asyncio.create_task(implement(stage.context))
    await wait_until(partial(stage.has_ended, first))

    stage.slow_model(0)
    await implementing
    assert await stage.agreed() is not None


async def test_a_list_that_proves_nothing_that_was_asked_is_corrected(stage: Stage) -> None:
    await stage.plans("qa")
    unnumbered = Acceptance(
        language="en",
        keeps_data=False,
        criteria=[
            Criterion(criterion=f"It is {number}.", requirements=numbers, steps=[step])
            for number, numbers in enumerate(([], [7]))
            for step in [ExpectText(action="expect_text", text="Counter")]
        ],
    )
    stage.claude.faults.add([ClaudeFault(fault="nonsense", role="qa")])

    await implement(stage.context)

    assert stage.called() == ["frontend", "qa", "qa"]
    async with stage.context.services.pool.connection() as connection:
        said = await objection_to(connection, stage.context.build, unnumbered)
    assert said is not None
    assert "“It is 0.” names no requirement; “It is 1.” names 7, which is not there" in said


async def test_without_a_list_the_build_goes_on(stage: Stage) -> None:
    stage.claude.faults.add([ClaudeFault(fault="refusal", role="qa")])
    await stage.plans("qa")

    await implement(stage.context)

    assert await stage.agreed() is None
    assert await stage.has_ended("frontend")
    async with stage.context.services.pool.connection() as connection:
        assert await standing_list(connection, stage.context.build.project_id) is None


async def test_a_stop_ends_both_at_once(stage: Stage) -> None:
    await stage.plans("designer", "qa")
    stage.slow_model(60)
    implementing = asyncio.create_task(implement(stage.context))
    await wait_until(stage.are_both_asked)

    async with stage.context.services.pool.connection() as connection:
        await connection.execute("UPDATE build SET status = 'stopped', owner = NULL")

    with pytest.raises(OwnershipLost):
        await asyncio.wait_for(implementing, 10)


async def test_a_draining_worker_lets_both_finish_the_call_that_they_are_in(stage: Stage) -> None:
    await stage.plans("designer", "qa")
    stage.slow_model(60)
    implementing = asyncio.create_task(implement(stage.context))
    await wait_until(stage.are_both_asked)

    stage.context.services.draining.set()
    stage.slow_model(0)
    with pytest.raises(asyncio.CancelledError):
        await implementing
    assert {one["state"] for one in (await stage.agents()).values()} == {"PAUSED"}

    stage.context.services.draining.clear()
    await implement(stage.context)
    assert stage.called() == ["frontend", "qa"], "nothing was asked for again"
    assert await stage.agreed() is not None


async def test_nobody_writes_down_what_nothing_could_try_or_is_covered(stage: Stage) -> None:
    await stage.plans("qa")
    with_browser = stage.context.services
    stage.context.services = replace(
        with_browser, settings=changed(with_browser.settings, CHECK_APPS=False)
    )
    await implement(stage.context)
    assert stage.called() == ["frontend"]

    stage.context.services = with_browser
    await implement(stage.context)
    assert stage.called() == ["frontend", "qa"]
    await implement(stage.context)
    assert stage.called() == ["frontend", "qa"], "once a build"
