"""The look and the shared data are specified side by side, and the engineer's brief has both."""

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
from psycopg_pool import AsyncConnectionPool

from bot.builds.builds import set_plan
from bot.checks.report import Report
from bot.collections.schemas import DEFINITIONS
from bot.crew.agent_specs import BACKEND, DESIGNER, ORCHESTRATOR
from bot.crew.assignment import Brief, Outcome, Submitted
from bot.crew.common_ground import ground_of_change
from bot.errors import BudgetExhausted, OwnershipLost
from bot.model.answers import DataModel, Look, Looks, Plan, Verdict
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows.build_context import BuildContext
from bot.workflows.shared_data import store_collections
from bot.workflows.specification import specify
from bot.workflows.substitutes import NO_DATA_MODEL
from tests.integration.crew_stage import USER, claimed_build
from tests.integration.delivery_stage import wait_until
from tests.settings import changed
from tests.users import add_request

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

BEFORE = {
    "votes": {
        "type": "object",
        "properties": {
            "choice": {"type": "string", "enum": ["Perhaps"]},
            "by": {"type": "string", "maxLength": 20},
        },
        "required": ["choice", "by"],
        "additionalProperties": False,
    },
    "comments": {"type": "object"},
}
NOTE = "Add a document a vote; count them when the page is shown."  # the stand-in's
FOR_ONE_CALL = {"REQUEST_BUDGET_USD": "0.45"}
OLD_ANSWER = (
    '{"summary": "all see it", "notes": [],'
    ' "collections": [{"name": "votes", "holds": "one", "used_for": "it"}]}'
)


@dataclass
class Stage:
    """A build whose plan is made, and the stand-in that its crew asks."""

    context: BuildContext
    claude: FakeClaude

    async def plans(self, *agents: str, workflow: str = "full_build") -> None:
        """The orchestrator plans that these work."""
        plan = Plan(
            workflow=workflow,
            agents_needed=[*agents, "frontend", "devops"],
            reasoning="",
            estimated_complexity="simple",
            estimated_steps=1,
            title="Lunch",
            summary="A poll.",
        )

        async def finish(connection: AsyncConnection, answer: str) -> Outcome:
            await set_plan(
                connection,
                self.context.build,
                workflow=workflow,
                title=plan.title,
                plan=plan.model_dump(),
            )
            if "backend" in agents and "designer" not in agents:
                return Submitted()
            return self.context.brief_after(ORCHESTRATOR, "plan", answer)

        self.context.follow(plan)
        answer = plan.model_dump_json()
        await self.context.perform_without(ORCHESTRATOR, finish, answer, opening="[]")

    async def has_collections(self, definitions: object) -> None:
        async with self.context.services.pool.connection() as connection:
            workspace = Workspace(connection, self.context.build.project_id)
            await workspace.write(DEFINITIONS, json.dumps(definitions))

    async def collections(self) -> dict[str, Any]:
        async with self.context.services.pool.connection() as connection:
            text = await Workspace(connection, self.context.build.project_id).read(DEFINITIONS)
        read: dict[str, Any] = json.loads(text)
        return read

    async def is_online(self, *, outline: str) -> None:
        """Let an earlier build have published the app, and QA have found its foot dim."""
        project_id = self.context.build.project_id
        best, sound = Look(score=5, reason="None is like it."), Look(score=4, reason="It is good.")
        dim = Look(score=3, reason="The foot is dim.")
        looks = Looks(design=sound, originality=best, craft=dim, function=best)
        verdict = Verdict(works=True, summary="It works.", failures=[], looks=looks)
        async with self.context.services.pool.connection() as connection:
            request_id = await add_request(connection, USER, project_id, "Earlier")
            await publish(
                connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
            )
            known = {
                "request_id": request_id,
                "report": Report(outline=outline).model_dump_json(),
                "verdict": verdict.model_dump_json(),
            }
            await connection.execute(
                "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
                " SELECT build_id, manifest, '', 'null', %(report)s"
                " FROM build JOIN version USING (request_id) WHERE request_id = %(request_id)s",
                known,
            )
            await connection.execute(
                "INSERT INTO review_round (build_id, number, manifest, verdict)"
                " SELECT build_id, 1, manifest, %(verdict)s"
                " FROM build JOIN version USING (request_id) WHERE request_id = %(request_id)s",
                known,
            )

    async def data_for_changes(self) -> str:
        """What whoever changes the app later is told of its data."""
        async with self.context.services.pool.connection() as connection:
            ground = await ground_of_change(connection, self.context.build)
        return "".join(one.content for one in ground if one.name == "data")

    async def agents(self) -> dict[str, dict[str, Any]]:
        """The agents by role."""
        async with (
            self.context.services.pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute("SELECT agent_type, state, result, opening FROM agent")
            return {row["agent_type"]: row for row in await cursor.fetchall()}

    async def brief(self) -> str:
        """What the engineer starts from."""
        opening = json.loads((await self.agents())["frontend"]["opening"])
        text: str = opening[0]["text"]
        return text

    def slow_model(self, seconds: float, role: str | None = None) -> None:
        """Let the model wait so long before it answers that role, or anybody."""
        said = Delay(before=seconds, role=role).model_dump_json().encode()
        urlopen(Request(f"{self.claude.url}/delay", said, method="POST")).close()

    async def has_answered(self, role: str) -> bool:
        agent = (await self.agents()).get(role)
        return agent is not None and agent["result"] is not None

    async def are_both_asked(self) -> bool:
        return len(self.called()) == 2

    def called(self) -> list[str]:
        return [str(call["role"]) for call in self.claude.journal.as_json()]


def data_in(brief: str) -> Any:
    """The definitions that a brief has."""
    return json.JSONDecoder().raw_decode(brief.partition("<data>\n")[2])[0]


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    with FakeClaude() as claude:
        connected = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, connected) as at:
            build = replace(at.build, request_text="Build me a poll")
            yield Stage(BuildContext(services=at.services, lease=at.lease, build=build), claude)


async def test_one_brief_has_the_plan_the_look_and_the_data(stage: Stage) -> None:
    await stage.plans("designer", "backend")

    await specify(stage.context)

    brief = await stage.brief()
    for part in ("<plan>", "<design>", "<data>", "<collections_api>"):
        assert part in brief
    assert "=== collections.json" not in brief  # <data> says it all
    assert brief.count(NOTE) == 1
    assert await stage.data_for_changes() in brief, "who changes the app is told the same"
    assert f"\nHow they are used:\n- {NOTE}" in brief
    assert "`votes`: " in brief
    assert sorted(stage.called()) == ["backend", "designer"]
    votes = (await stage.collections())["votes"]
    assert votes["properties"] == {"choice": {"type": "string", "enum": ["Yes", "No", "Maybe"]}}
    assert votes["required"] == ["choice"]
    states = {role: agent["state"] for role, agent in (await stage.agents()).items()}
    assert states == {
        **dict.fromkeys(["orchestrator", "designer", "backend"], "TERMINATED"),
        "frontend": "INITIALIZING",
    }


async def test_a_new_look_begins_with_what_stands(stage: Stage) -> None:
    await stage.has_collections(BEFORE)
    await stage.is_online(outline='- textbox "Your wish"')
    await stage.plans("designer")

    await specify(stage.context)

    brief = json.loads((await stage.agents())["designer"]["opening"])[0]["text"]
    assert '<page>\n- textbox "Your wish"\n</page>' in brief
    assert "<data>\n{" in brief
    assert "Perhaps" in brief
    assert (
        "<open_notes>\n- [looks, design 4 of 5] It is good.\n"
        "- [looks, craft 3 of 5] The foot is dim.\n</open_notes>"
    ) in brief, "what is no more than good as well"
    assert brief.count(DESIGNER.task) == 1, "what is to be done is not said again and again"
    assert "<collections_api>" not in brief, "that is for who writes the code"
    engineer = await stage.brief()
    assert "<collections_api>" in engineer
    assert "<page>" not in engineer, "the files say it"


async def test_neither_waits_for_the_other(stage: Stage) -> None:
    await stage.plans("designer", "backend")
    stage.slow_model(60, "designer")
    specifying = asyncio.create_task(specify(stage.context))
    await wait_until(partial(stage.has_answered, "backend"))

    stage.slow_model(0)
    await specifying

    assert "<design>" in await stage.brief()


async def test_a_change_keeps_what_is_stored_valid_and_what_it_does_not_name(stage: Stage) -> None:
    await stage.has_collections(BEFORE)
    await stage.plans("backend", workflow="bug_fix")

    await specify(stage.context)

    after = await stage.collections()
    assert after["comments"] == {"type": "object"}
    assert after["votes"]["properties"] == {
        "choice": {"type": "string", "enum": ["Perhaps", "Yes", "No", "Maybe"]},
        "by": {"type": "string", "maxLength": 20},
    }
    assert after["votes"]["required"] == ["choice", "by"]
    brief = await stage.brief()
    assert "<plan>" in brief
    assert data_in(brief) == after, "also what this change names nothing of"
    assert NOTE in brief


async def test_where_nobody_defines_what_is_new_the_engineer_sees_what_there_is(
    stage: Stage,
) -> None:
    await stage.has_collections(BEFORE)
    await stage.plans("backend", workflow="bug_fix")
    stage.claude.faults.add([ClaudeFault(fault="nonsense", role="backend", times=99)])

    await specify(stage.context)

    brief = await stage.brief()
    assert data_in(brief) == BEFORE
    assert NO_DATA_MODEL.notes[0] in brief


async def test_where_nobody_defines_anything_the_engineer_is_told_to(stage: Stage) -> None:
    await stage.plans("designer", "backend")
    stage.claude.faults.add([ClaudeFault(fault="nonsense", role="backend", times=99)])

    await specify(stage.context)

    brief = await stage.brief()
    assert NO_DATA_MODEL.summary in brief
    assert "GET api/collections/NAME" in brief


async def test_an_answer_that_cannot_be_kept_is_corrected(stage: Stage) -> None:
    stage.context.build = replace(stage.context.build, request_text="Build me an untidy poll")
    await stage.plans("designer", "backend")

    await specify(stage.context)

    assert stage.called().count("backend") == 2
    assert (await stage.collections()).keys() == {"votes"}


@pytest.mark.lengthy
async def test_an_end_of_one_ends_the_other_and_both_are_taken_up_again(stage: Stage) -> None:
    await stage.plans("designer", "backend")
    enough = stage.context.services
    stage.slow_model(60)
    stage.context.services = replace(enough, settings=changed(enough.settings, **FOR_ONE_CALL))

    with pytest.raises(BudgetExhausted):
        await specify(stage.context)
    agents = await stage.agents()
    assert sorted(agents[role]["state"] for role in ("designer", "backend")) == ["ERROR", "PAUSED"]

    stage.slow_model(0)
    stage.context.services = enough
    await specify(stage.context)
    assert "<data>" in await stage.brief()


async def test_a_stop_ends_both_at_once(stage: Stage) -> None:
    await stage.plans("designer", "backend")
    stage.slow_model(60)
    specifying = asyncio.create_task(specify(stage.context))
    await wait_until(stage.are_both_asked)

    async with stage.context.services.pool.connection() as connection:
        await connection.execute("UPDATE build SET status = 'stopped', owner = NULL")

    with pytest.raises(OwnershipLost):
        await asyncio.wait_for(specifying, 10)


async def test_a_draining_worker_lets_both_finish_the_call_that_they_are_in(stage: Stage) -> None:
    await stage.plans("designer", "backend")
    stage.slow_model(60)
    specifying = asyncio.create_task(specify(stage.context))
    await wait_until(stage.are_both_asked)

    stage.context.services.draining.set()
    stage.slow_model(0)
    with pytest.raises(asyncio.CancelledError):
        await specifying

    agents = await stage.agents()
    assert [agents[role]["state"] for role in ("designer", "backend")] == ["PAUSED", "PAUSED"]
    stage.context.services.draining.clear()
    await specify(stage.context)
    assert sorted(stage.called()) == ["backend", "designer"], "nothing was asked for again"


async def test_a_build_from_before_they_worked_side_by_side_goes_on(stage: Stage) -> None:
    await stage.has_collections(BEFORE)
    await stage.plans("designer", "backend")

    async def designed(connection: AsyncConnection, answer: str) -> Outcome:
        return Brief(spec=BACKEND, part="design", content=answer)

    await stage.context.perform(DESIGNER, designed)
    await specify(stage.context)

    brief = await stage.brief()
    assert "<design>" in brief
    assert data_in(brief) == await stage.collections()


async def test_an_answer_that_was_stored_before_fields_were_asked_for_still_counts(
    stage: Stage,
) -> None:
    await stage.has_collections(BEFORE)
    stored = DataModel.model_validate_json(OLD_ANSWER)

    async with stage.context.services.pool.connection() as connection:
        await store_collections(connection, stage.context.build.project_id, stored)

    assert await stage.collections() == BEFORE
