"""A build of an app in this process, with a stand-in that plays its crew."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.request import Request, urlopen

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from bot.builds.builds import set_plan
from bot.checks.acceptance import Acceptance
from bot.crew.agent_specs import DESIGNER, ORCHESTRATOR
from bot.crew.assignment import Outcome
from bot.crew.standing_list import find_agreed
from bot.model.answers import Control, Plan
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows.build_context import BuildContext
from bot.workflows.plan_words import in_words
from tests.integration.crew_stage import Pool, claimed_build
from tests.settings import changed


@dataclass
class Stage:
    """A build that is about to be written, and the stand-in that its crew asks."""

    context: BuildContext
    claude: FakeClaude

    async def plans(self, *agents: str, controls: Sequence[Control] = ()) -> None:
        """These work beside the engineer, `controls` are new; a designer has designed."""
        plan = Plan(
            workflow="full_build",
            agents_needed=[*agents, "frontend", "devops"],
            reasoning="",
            estimated_complexity="simple",
            estimated_steps=1,
            title="Counter",
            controls=list(controls),
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
            return self.context.brief_after(ORCHESTRATOR, "plan", in_words(plan))

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
        """The engineer and who judges, by role."""
        async with (
            self.context.services.pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(
                "SELECT agent_type, version, state, result, opening FROM agent"
                " WHERE agent_type IN ('frontend', 'qa', 'code_reviewer') ORDER BY version"
            )
            return {row["agent_type"]: row for row in await cursor.fetchall()}

    async def has_ended(self, role: str) -> bool:
        agent = (await self.agents()).get(role)
        return agent is not None and agent["result"] is not None

    async def has_answered(self, role: str) -> bool:
        """Whether an answer of that role is stored, be it the last one or not."""
        async with self.context.services.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT FROM turn JOIN agent USING (agent_id) WHERE agent_type = %s", [role]
            )
            return bool(await cursor.fetchall())

    def slow_model(self, seconds: float, role: str | None = None) -> None:
        said = Delay(before=seconds, role=role).model_dump_json().encode()
        urlopen(Request(f"{self.claude.url}/delay", said, method="POST")).close()

    def called(self) -> list[str]:
        return sorted(str(call["role"]) for call in self.claude.journal.as_json())

    async def are_both_asked(self) -> bool:
        return len(self.called()) == 2


@asynccontextmanager
async def planned_build(
    pool: Pool, settings: Settings, request_text: str = "Build me a counter"
) -> AsyncIterator[Stage]:
    """A build of this app; apps are tried there."""
    with FakeClaude() as claude:
        connected = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, connected) as at:
            services = replace(at.services, settings=changed(at.services.settings, CHECK_APPS=True))
            async with pool.connection() as connection:
                await connection.execute("UPDATE build SET request_text = %s", [request_text])
                await connection.execute("UPDATE requirement SET words = %s", [request_text])
            build = replace(at.build, request_text=request_text)
            yield Stage(BuildContext(services=services, lease=at.lease, build=build), claude)
