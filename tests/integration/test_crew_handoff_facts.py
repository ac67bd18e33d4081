"""What an engineer's successor is told of the app's state: what is broken, and the last look."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

import pytest

import telemetry
from bot.builds.rounds import Assessment, judge_round, open_round
from bot.checks.report import CHECKS, LOOKED_AT, Finding, Report
from bot.crew.agent_specs import DEVOPS, FRONTEND, AgentSpec
from bot.crew.assignment import Assignment, Brief
from bot.crew.handoff_facts import gather_facts
from bot.crew.handover import end_task
from bot.crew.tools import ToolContext
from bot.crew.trials import Trial
from bot.projects.workspace import Workspace, manifest_of
from bot.settings.groups import Settings
from bot.workflows.assessment import assess
from bot.workflows.reviewers import Opinions
from handoffs import lifecycle
from handoffs.document import LastCheck
from handoffs.facts import HandoffFacts
from handoffs.lifecycle import Agent, AgentState
from handoffs.tokens import WorkingBudget
from tests.handoff_examples import hand_on
from tests.integration.crew_stage import Pool, claimed_build
from tests.otlp_receiver import receiver_of_this_process

pytestmark = pytest.mark.anyio

BUDGET = WorkingBudget(window=200_000, working_budget=100_000, max_output=8_000)
DEAD = Finding(
    check="buttons", message="<button>Add</button> does nothing\nwhen it is pressed", subject="Add"
)
FINE = Assessment(outcome="passed", works=True, blocking=0, score=9, faults=[], evidence="")


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


def assigned(at: ToolContext, spec: AgentSpec) -> Assignment:
    async def finish(_: object, answer: str) -> Brief:
        return Brief(spec=DEVOPS, part="built", content=answer)

    return Assignment(
        services=at.services,
        lease=at.lease,
        build=at.build,
        spec=spec,
        opening=None,
        finish=finish,
    )


async def spawned(at: ToolContext, spec: AgentSpec) -> Agent:
    async with at.lease.transaction() as connection:
        agent = await lifecycle.spawn_agent(
            connection,
            request_id=at.build.request_id,
            user_id=at.build.user_id,
            project_id=at.build.project_id,
            agent_type=spec.agent_type,
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )
        return await lifecycle.transition(connection, agent, AgentState.ACTIVE)


async def facts_of(at: ToolContext, spec: AgentSpec, agent: Agent) -> HandoffFacts:
    async with at.lease.transaction() as connection:
        return await gather_facts(connection, assigned(at, spec), agent, [])


async def look(
    at: ToolContext, *findings: Finding, agreed: Mapping[str, Sequence[int]] | None = None
) -> None:
    """Let a trial have seen that, going through what was `agreed`: requirements by criteria."""
    ran = LOOKED_AT if agreed is None else frozenset(CHECKS)
    report = Report(ran=ran, findings=findings, outline="- heading Hello")
    steps = [{"action": "expect_text", "text": "Hello"}]
    criteria = [
        {"criterion": words, "requirements": numbers, "steps": steps}
        for words, numbers in (agreed or {}).items()
    ]
    tried = {"language": "en", "keeps_data": False, "criteria": criteria} if agreed else None
    async with at.lease.transaction() as connection:
        files = await Workspace(connection, at.build.project_id).list_files()
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " VALUES (%s, %s, 'x', %s, %s)",
            [at.build.build_id, manifest_of(files), json.dumps(tried), report.model_dump_json()],
        )


async def judge(at: ToolContext, assessment: Assessment) -> None:
    async with at.lease.transaction() as connection:
        number = await open_round(connection, at.build)
        await judge_round(connection, at.build, number, assessment)


async def test_the_last_look_is_told_with_whether_it_still_holds(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    assert (await facts_of(at, FRONTEND, agent)).last_check is None

    await look(at, DEAD)
    seen = (await facts_of(at, FRONTEND, agent)).last_check
    assert seen is not None
    assert seen.is_current
    assert "<button>Add</button> does nothing" in seen.result

    async with at.lease.transaction() as connection:
        await Workspace(connection, at.build.project_id).write("index.html", "<p>Other</p>")
    assert (await facts_of(at, FRONTEND, agent)).last_check == LastCheck(
        result=seen.result, is_current=False
    )


async def test_what_is_done_of_the_requirements_is_what_was_tried(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    assert (await facts_of(at, FRONTEND, agent)).requirements_met is None

    missed = Finding(check="acceptance", message="no Hello", subject="It says hello.")
    await look(at, missed, agreed={"It says hello.": [1, 2], "It counts.": [2, 3], "It adds.": [4]})
    facts = await facts_of(at, FRONTEND, agent)
    assert facts.requirements_met == 50.0

    receiver = receiver_of_this_process()
    async with at.lease.transaction() as connection:
        await hand_on(connection, facts)
    assert telemetry.flush(60)
    told = [s for s in receiver.spans if s.attributes.get("handoff_id") == str(facts.handoff_id)]
    (handoff,) = [span for span in told if span.name == "agent_handoff"]
    assert handoff.attributes["completion_percentage"] == 50.0


async def test_what_the_review_found_is_told_until_a_round_is_good_enough(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    assert (await facts_of(at, FRONTEND, agent)).known_faults == ()

    await judge(at, assess(Opinions(), None, 1))
    assert (await facts_of(at, FRONTEND, agent)).known_faults == ()
    broken = Report(ran=LOOKED_AT, findings=(DEAD, DEAD.model_copy(update={"message": "no"})))
    await judge(at, assess(Opinions(), Trial(acceptance=None, report=broken), 2))
    assert (await facts_of(at, FRONTEND, agent)).known_faults == (
        "[buttons, blocking]: <button>Add</button> does nothing\nwhen it is pressed",
        "[buttons, blocking]: no",
    )
    pale = "[looks, craft 2 of 5] It is pale."
    await judge(at, replace(FINE, wants_polish=True, evidence=f"<findings>\n- {pale}\n</findings>"))
    assert (await facts_of(at, FRONTEND, agent)).known_faults == (pale,)
    await judge(at, FINE)
    assert (await facts_of(at, FRONTEND, agent)).known_faults == ()


async def test_who_needs_the_result_is_named_of_those_who_work_in_the_build(
    at: ToolContext,
) -> None:
    agent = await spawned(at, FRONTEND)

    async def needing(plan: dict[str, list[str]] | None) -> list[str]:
        known = replace(at, build=replace(at.build, plan=plan))
        return [one.agent_type for one in (await facts_of(known, FRONTEND, agent)).downstream]

    assert await needing(None) == ["qa", "code_reviewer", "devops"]
    crew = ["frontend", "code_reviewer", "devops"]
    assert await needing({"agents_needed": crew}) == ["code_reviewer", "devops"]

    async with at.lease.transaction() as connection:
        facts = await gather_facts(connection, assigned(at, FRONTEND), agent, [])
        successor = (await hand_on(connection, facts)).target
    (block,) = json.loads(successor.opening)
    needed = block["text"].partition("<needed_by>\n")[2].partition("\n</needed_by>")[0]
    assert [line.split(":")[0] for line in needed.splitlines()] == [
        *("- qa", "- code_reviewer", "- devops")
    ]


async def test_a_successor_reads_both_and_who_publishes_neither(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    await look(at, DEAD)
    broken = Report(ran=LOOKED_AT, findings=(DEAD,))
    await judge(at, assess(Opinions(), Trial(acceptance=None, report=broken), 1))
    async with at.lease.transaction() as connection:
        facts = await gather_facts(connection, assigned(at, FRONTEND), agent, [])
        successor = (await hand_on(connection, facts)).target
    (block,) = json.loads(successor.opening)
    assert "<findings>\n- [buttons, blocking]: <button>Add</button> does nothing" in block["text"]
    assert "<last_check>\nOf the files as they are now:\n" in block["text"]

    async with at.lease.transaction() as connection:
        successor = await lifecycle.transition(connection, successor, AgentState.ACTIVE)
        await end_task(connection, assigned(at, FRONTEND), successor, [], "It counts.")
        publisher = await lifecycle.find_agent(connection, at.build.request_id, "devops")
    assert publisher is not None
    (block,) = json.loads(publisher.opening)
    assert "<findings>" not in block["text"]
    assert "<last_check>" not in block["text"]
    assert "<built>\nIt counts.\n</built>" in block["text"]
