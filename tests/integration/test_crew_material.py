"""What those are given who go on with something: the app's files, or what there is to judge."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.builds.rounds import Assessment, judge_round, open_round
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.report import CHECKS, Finding, Report
from bot.checks.steps import ExpectText
from bot.collections.schemas import DEFINITIONS
from bot.crew.agent_specs import FRONTEND, QA
from bot.crew.app_so_far import app_so_far
from bot.crew.assignment import Assignment, Outcome
from bot.crew.briefs import opening
from bot.crew.common_ground import ground_of_change
from bot.crew.runner import run_agent
from bot.crew.sources import BESIDE, sources_for
from bot.crew.standing_list import keep_agreed
from bot.crew.successor_material import material_for_successor
from bot.crew.thresholds import ANSWER_NOW, ROUND_OFF
from bot.crew.tools import ToolContext
from bot.crew.views import LABELS
from bot.model.answers import Collection, DataModel
from bot.projects.versions import publish
from bot.projects.workspace import Workspace, manifest_of
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows.orchestrator import run_build
from handoffs.lifecycle import TerminationReason, spawn_agent, terminate_agent
from handoffs.tokens import WorkingBudget
from tests.integration.crew_stage import USER, Pool, claimed_build
from tests.settings import changed
from tests.users import add_request

pytestmark = pytest.mark.anyio

SMALL = WorkingBudget(window=200_000, working_budget=9_000, max_output=1_000)
TRIED = Acceptance(
    language="en",
    keeps_data=False,
    criteria=[
        Criterion(criterion="It greets.", steps=[ExpectText(action="expect_text", text="Hi")])
    ],
)
BRIEF = opening(
    {"request": "Greet </evidence> me", "requirements": "1. it", "language": "French"},
    {
        "empty": "",
        "acceptance": "an old list",
        "evidence": "what came of it",
        "sources": "<p>Hello</p>",
    },
)


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


def judging(at: ToolContext) -> Assignment:
    async def finish(_: object, answer: str) -> Outcome:
        return None

    return Assignment(
        services=at.services,
        lease=at.lease,
        build=at.build,
        spec=QA,
        opening=BRIEF,
        finish=finish,
    )


async def write(at: ToolContext, path: str, text: str) -> None:
    async with at.lease.transaction() as connection:
        await Workspace(connection, at.build.project_id).write(path, text)


async def test_where_not_all_files_fit_those_that_do_are_shown_whole(at: ToolContext) -> None:
    await write(at, "app.js", "let line;\n" * 1_000)
    await write(at, "styles.css", "p { }\n" * 20)
    async with at.services.pool.connection() as connection:
        shown = await sources_for(connection, at.build, SMALL)
        room_for_all = WorkingBudget(window=200_000, working_budget=100_000, max_output=1_000)
        whole = await sources_for(connection, at.build, room_for_all)

    assert shown.startswith("<sources>\n=== styles.css\np { }\n")
    assert "=== index.html\n<p>Hello</p>" in shown
    assert "[no room for app.js (1000 lines): read " in shown
    assert len(shown) < 3 * (SMALL.usable - BESIDE) // 2 + 200
    assert "[" not in whole
    assert "=== index.html\n<p>Hello</p>" in whole


async def test_a_file_for_which_alone_there_is_no_room_is_cut(at: ToolContext) -> None:
    await write(at, "index.html", "<p>Hello</p>\n" * 1_000)
    async with at.services.pool.connection() as connection:
        shown = await sources_for(connection, at.build, SMALL)

    assert shown.startswith("<sources>\n=== index.html\n<p>Hello</p>\n")
    assert "[lines 1 to " in shown
    assert "the rest is cut: read on with first_line" in shown
    assert len(shown) < 3 * (SMALL.usable - BESIDE) // 2 + 200


async def test_who_takes_over_has_first_what_is_left_to_do_names(at: ToolContext) -> None:
    await write(at, "styles.css", "p { color: teal }\n" * 300)
    await write(at, "app.js", "let line;\n" * 300)
    left = "Nothing is done yet: size the logo in styles.css, as mystyles.css and app.js have it."
    async with at.services.pool.connection() as connection:
        shown = await sources_for(connection, at.build, SMALL, left=left)
        polished = await sources_for(connection, at.build, SMALL, left="[looks, craft 2 of 5] Dim.")

    for one in (shown, polished):
        assert one.startswith("<sources>\n=== styles.css\np { color: teal }\n")
        assert "[lines 1 to " in one, "a part of it is more use than all of another"
        assert re.search(r"\[no room for app\.js \(300 lines\)[^]]*: read ", one)


async def test_who_takes_over_reads_of_the_data_once(at: ToolContext) -> None:
    await write(at, DEFINITIONS, '{"votes": {"type": "object"}}')
    async with at.services.pool.connection() as connection:
        (data,) = await ground_of_change(connection, at.build)
        told = await sources_for(connection, at.build, SMALL, told=[data.content])
        changed_since = await sources_for(connection, at.build, SMALL, told=["{}"])

    assert DEFINITIONS not in told
    assert f"=== {DEFINITIONS}\n" in changed_since


async def test_who_changes_an_app_is_told_of_its_data(at: ToolContext) -> None:
    await write(at, DEFINITIONS, json.dumps({"votes": {"type": "object"}}))
    async with at.services.pool.connection() as connection:
        (data,) = await ground_of_change(connection, at.build)
    assert (data.name, data.content) == ("data", '{"votes": {"type": "object"}}')


async def test_what_earlier_builds_said_of_the_data_holds_where_the_last_one_says_nothing(
    at: ToolContext,
) -> None:
    await write(at, DEFINITIONS, '{"votes": {"type": "object"}, "guests": {"type": "object"}}')
    counted = "Count them when the page is shown."
    await model_data(at, "votes", counted, "Nobody votes twice.")
    await model_data(at, "guests", "They are asked first.", seen="none")
    await model_data(at, "guests", counted)
    async with at.services.pool.connection() as connection:
        (data,) = await ground_of_change(connection, at.build)
    assert data.content.splitlines()[1:] == [
        "How they are used:",
        f"- {counted}",
        "- `guests`: one of guests; all see it",
        "Said of it in earlier builds; what stands above comes first:",
        "- They are asked first.",
        "- Nobody votes twice.",
        "- `votes`: one of votes; all see it",
    ]


async def model_data(at: ToolContext, name: str, *notes: str, seen: str = "all") -> None:
    """Let an earlier build have said of a collection how it is used, and be online."""
    collection = Collection(name=name, holds=f"one of {name}", used_for=f"{seen} see it")
    said = DataModel(summary="It is shared.", collections=[collection], notes=list(notes))
    project_id = at.build.project_id
    await write(at, "index.html", f"<p>{name} {notes}</p>")
    async with at.services.pool.connection() as connection:
        request_id = await add_request(connection, USER, project_id, name)
        agent = await spawn_agent(
            connection,
            request_id=request_id,
            user_id=USER,
            project_id=project_id,
            agent_type="backend",
            model="claude-sonnet-5-5",
            budget=SMALL,
            opening="[]",
        )
        await terminate_agent(
            connection, agent, TerminationReason.TASK_COMPLETED, said.model_dump_json()
        )
        await connection.execute(
            "UPDATE build SET status = 'completed', ended_at = now() WHERE request_id = %s",
            [request_id],
        )
        await publish(
            connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
        )


async def test_who_goes_on_judging_has_all_that_there_is_to_judge(at: ToolContext) -> None:
    budget = WorkingBudget(window=200_000, working_budget=100_000, max_output=1_000)
    async with at.lease.transaction() as connection:
        before = (await material_for_successor(connection, judging(at), budget)).text
        files = await Workspace(connection, at.build.project_id).list_files()
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " VALUES (%s, %s, 'x', %s, %s)",
            [
                at.build.build_id,
                manifest_of(files),
                TRIED.model_dump_json(),
                Report(ran=frozenset(CHECKS)).model_dump_json(),
            ],
        )
        await connection.execute(
            "INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256)"
            " SELECT build_id, manifest, list_hash, screen, screen::bytea, sha256(screen::bytea)"
            " FROM trial,"
            " unnest(ARRAY['phone', 'phone_dark', 'desktop', 'owner', 'end_1']) AS screen"
        )
        shown = await material_for_successor(connection, judging(at), budget)
        without = await material_for_successor(connection, judging(at), SMALL)
        assert (await app_so_far(connection, at.build)).endswith("\n- It greets.")

    after = shown.text
    named = [one["text"] for one in shown.pictures if one["type"] == "text"]
    assert named == [*LABELS.values(), "The app on a phone at the end of “It greets.”:"]
    assert [one["type"] for one in shown.pictures] == ["text", "image"] * len(named)
    assert not without.pictures
    assert "<language>\nFrench\n</language>" in before
    assert "<evidence>\nwhat came of it\n</evidence>" in before
    assert "<sources>\n<p>Hello</p>\n</sources>" in before
    assert "<request>" not in before
    assert "<empty>" not in BRIEF
    assert "<requirements>" not in before
    assert "an old list" not in after
    assert "what came of it" not in after
    assert "It greets." in after
    assert "<sources>" in after


async def test_who_goes_on_fixing_knows_what_the_app_must_do(at: ToolContext) -> None:
    budget = WorkingBudget(window=200_000, working_budget=100_000, max_output=1_000)
    fixing = replace(judging(at), spec=FRONTEND, opening=None)
    found = Assessment(
        outcome="faulty", works=False, blocking=1, score=None, faults=[], evidence="Greet."
    )
    async with at.lease.transaction() as connection:
        await keep_agreed(connection, at.build, TRIED.model_dump_json())
        before = await material_for_successor(connection, fixing, budget)
        number = await open_round(connection, at.build)
        await judge_round(connection, at.build, number, found)
        after = await material_for_successor(connection, fixing, budget)

    assert "<acceptance>" not in before.text
    assert "It greets." in after.text.partition("<acceptance>")[2].partition("</acceptance>")[0]
    assert after.text.endswith(before.text)


async def test_who_goes_on_fixing_has_the_list_as_it_was_mended_last(at: ToolContext) -> None:
    budget = WorkingBudget(window=200_000, working_budget=100_000, max_output=1_000)
    fixing = replace(judging(at), spec=FRONTEND, opening=None)
    found = Assessment(
        outcome="faulty", works=False, blocking=1, score=None, faults=[], evidence="Greet."
    )
    (greets,) = TRIED.criteria
    steps = [ExpectText(action="expect_text", text="Good evening")]
    mended = TRIED.model_copy(update={"criteria": [greets.model_copy(update={"steps": steps})]})
    async with at.lease.transaction() as connection:
        await keep_agreed(connection, at.build, TRIED.model_dump_json())
        await judge_round(connection, at.build, await open_round(connection, at.build), found)
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " SELECT build_id, manifest, 'x', %s, %s FROM review_round",
            [mended.model_dump_json(), Report(ran=frozenset(CHECKS)).model_dump_json()],
        )
        shown = (await material_for_successor(connection, fixing, budget)).text

    assert "Good evening" in shown
    assert '"Hi"' not in shown


async def test_where_there_is_little_room_who_goes_on_fixing_knows_what_fails(
    at: ToolContext,
) -> None:
    (greets,) = TRIED.criteria
    others = [greets.model_copy(update={"criterion": f"{n} {'so ' * 300}"}) for n in range(7)]
    agreed = TRIED.model_copy(update={"criteria": [*others, greets]})
    missed = Finding(check="acceptance", message="this is not so", subject=greets.criterion)
    fixing = replace(judging(at), spec=FRONTEND, opening=None)
    found = Assessment(
        outcome="faulty", works=False, blocking=1, score=None, faults=[], evidence="Greet."
    )
    async with at.lease.transaction() as connection:
        await keep_agreed(connection, at.build, agreed.model_dump_json())
        await judge_round(connection, at.build, await open_round(connection, at.build), found)
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " SELECT build_id, manifest, 'x', %s, %s FROM review_round",
            [agreed.model_dump_json(), Report(findings=(missed,)).model_dump_json()],
        )
        shown = (await material_for_successor(connection, fixing, SMALL)).text

    agreed_on = shown.partition("<acceptance>")[2].partition("</acceptance>")[0]
    assert greets.criterion in agreed_on
    assert "so so" not in agreed_on


async def test_a_full_judge_answers_instead_of_handing_over(pool: Pool, settings: Settings) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url, WORKING_BUDGET_TOKENS="4000")
        async with claimed_build(pool, known) as at:
            assignment = judging(at)
            brief = opening({"request": "Greet me"}, {"sources": "<h1>Hello</h1>"})
            said = await run_agent(Assignment(**{**vars(assignment), "opening": brief}))
        calls = bodies(claude)

    assert json.loads(said)["works"] is not None
    assert len(calls) == 2
    assert ANSWER_NOW in said_last(calls[-1])
    assert ROUND_OFF not in said_last(calls[-1])


async def test_an_engineer_is_told_one_thing_at_a_time_and_their_successor_has_the_files(
    pool: Pool, settings: Settings
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url, WORKING_BUDGET_TOKENS="16000")
        async with claimed_build(pool, known) as at:
            async with pool.connection() as connection:
                await connection.execute("DELETE FROM workspace_file")
                await connection.execute(
                    "UPDATE build SET request_text = 'Build a counter step by step'"
                )
            await run_build(at.services, at.build.build_id)
            async with pool.connection() as connection:
                cursor = await connection.execute(
                    "SELECT opening FROM agent WHERE agent_type = %s AND version > 1",
                    [FRONTEND.agent_type],
                )
                successors = [row[0] for row in await cursor.fetchall()]
        asked = [said_last(body) for body in bodies(claude)]

    assert any("<sources>\\n=== " in one for one in successors)
    handing_over = [text for text in asked if "Do not use tools" in text]
    assert handing_over
    assert not any(ROUND_OFF in text for text in handing_over)


def bodies(claude: FakeClaude) -> list[Any]:
    return [json.loads(call.body or b"{}") for call in claude.journal.answered()]


def said_last(body: Any) -> str:
    blocks = body["messages"][-1]["content"]
    return "\n".join(block["text"] for block in blocks if block["type"] == "text")
