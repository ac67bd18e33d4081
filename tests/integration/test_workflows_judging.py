"""What becomes of an app by what was seen of it; another program stands for the check's process.

Of what the machine was too busy to try nothing goes back, and nobody reads of a fault.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from psycopg.rows import dict_row

from bot.builds.rounds import list_rounds
from bot.cancellation import end
from bot.checks import checker
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.report import CHECKS, Finding, Progress, Report, View
from bot.checks.steps import ExpectText
from bot.errors import (
    BudgetExhausted,
    BudgetQuestion,
    ChangeUntried,
    ModelBusy,
    ModelRefused,
)
from bot.model.answers import Verdict
from bot.projects import requirements
from bot.projects.requirements import list_requirements
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.sandbox.claude import crew
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.faults import ClaudeFault
from bot.settings.groups import Settings
from bot.workflows.failure_log import ATTEMPT_LIMIT
from bot.workflows.first_look import look_first
from bot.workflows.review import review
from bot.workflows.review_briefs import NOBODY_TRIED
from bot.workflows.steps import implement
from bot.workflows.steps import publish as publish_app
from bot.workflows.substitutes import goes_on_without
from tests.integration.crew_stage import USER, Pool
from tests.integration.delivery_stage import wait_until
from tests.integration.workshop_stage import Stage, planned_build
from tests.pictures import picture
from tests.users import add_request, add_words

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

TOO_SLOW = "import time; time.sleep(60)"


def that_finds(*findings: Finding, views: tuple[View, ...] = ()) -> str:
    """A check that finds these, and runs until it is ended."""
    report = Report(ran=frozenset(CHECKS), findings=findings, views=views)
    last = Progress(report=report, is_last=True).model_dump_json()
    return f"import time; print({last!r}, flush=True); time.sleep(60)"


SOUND = that_finds()
GREETS = Criterion(
    criterion="It greets.",
    requirements=[2],
    steps=[ExpectText(action="expect_text", text="Good morning")],
)
BLANK = View(screen="desktop", picture=picture("JPEG"))
UNGREETED = Finding(check="acceptance", message="not there", subject=GREETS.criterion)


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    async with planned_build(pool, settings) as stage:
        yield stage


def let_check(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let that be the program of each check."""
    monkeypatch.setattr(checker, "confined", lambda *_, **__: [sys.executable, "-c", program])
    monkeypatch.setattr(checker, "START_LIMIT", 0.2 if program is TOO_SLOW else 30)


async def outcomes(stage: Stage) -> list[tuple[str | None, bool | None, str | None]]:
    async with stage.context.services.pool.connection() as connection:
        rounds = await list_rounds(connection, stage.context.build.build_id)
    return [(one.outcome, one.works, one.evidence) for one in rounds]


async def told(stage: Stage) -> list[str]:
    async with (
        stage.context.services.pool.connection() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        await cursor.execute("SELECT body FROM outbox")
        return [row["body"] for row in await cursor.fetchall()]


async def put_online(stage: Stage) -> None:
    """Let the app have a version that an earlier request has made."""
    async with stage.context.services.pool.connection() as connection:
        version = await publish(
            connection,
            project_id=stage.context.build.project_id,
            request_id=stage.context.build.request_id,
            sites_base_url="https://apps.example",
        )
        await connection.execute(
            "UPDATE version SET request_id = gen_random_uuid() WHERE number = %s",
            [version.number],
        )


async def prove_online(stage: Stage, criterion: Criterion) -> None:
    """Let an earlier request have made a version that was seen to meet this."""
    proven = Acceptance(language="en", keeps_data=False, criteria=[criterion])
    project_id = stage.context.build.project_id
    async with stage.context.services.pool.connection() as connection:
        request_id = await add_request(connection, USER, project_id, "Greet me")
        await requirements.add_request(connection, request_id)
        await connection.execute(
            "UPDATE build SET status = 'completed', ended_at = now() WHERE request_id = %s",
            [request_id],
        )
        await Workspace(connection, project_id).write("index.html", "<p>Good morning</p>")
        await publish(
            connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
        )
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " SELECT build_id, 'x', 'x', %s, %s FROM build WHERE request_id = %s",
            [
                proven.model_dump_json(),
                Report(ran=frozenset(CHECKS)).model_dump_json(),
                request_id,
            ],
        )


async def test_what_an_earlier_version_did_goes_back_unjudged_and_is_judged_if_it_stays_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await prove_online(stage, GREETS)
    await stage.plans("designer", "qa", "code_reviewer")
    let_check(monkeypatch, that_finds(UNGREETED))
    await implement(stage.context)

    await review(stage.context)

    async with stage.context.services.pool.connection() as connection:
        first, second = await list_rounds(connection, stage.context.build.build_id)
    assert (first.outcome, first.verdict, first.review) == ("faulty", None, None)
    assert "Good morning" in (first.evidence or "").partition("<acceptance>")[2]
    assert second.verdict is not None
    assert not any(body.startswith("It's built") for body in await told(stage))
    assert stage.called() == ["frontend", "frontend", "qa", "qa"]  # the list, and a verdict


async def test_what_could_not_be_tried_is_read_and_goes_out_as_untried(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.plans("designer", "qa")
    let_check(monkeypatch, TOO_SLOW)

    await implement(stage.context)
    await review(stage.context)

    assert await outcomes(stage) == [("untried", None, "")]
    assert "code_reviewer" in stage.called()
    assert NOBODY_TRIED in (await stage.agents())["code_reviewer"]["opening"]
    assert not any("problem" in body for body in await told(stage))


async def test_only_an_app_that_is_proven_goes_on_without_further_calls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, spent = stage.context, BudgetExhausted("request")
    await stage.plans("designer", "qa")
    let_check(monkeypatch, SOUND)
    await implement(context)
    assert await goes_on_without(context, ModelRefused())
    assert not await goes_on_without(context, spent)

    await review(context)
    assert await goes_on_without(context, spent)
    assert await goes_on_without(context, BudgetQuestion("request"))
    assert not await goes_on_without(context, ModelBusy()), "it is waited for"
    build = context.build
    async with context.services.pool.connection() as connection:
        await connection.execute("UPDATE build SET attempts = %s", [ATTEMPT_LIMIT])
    assert await goes_on_without(context, ModelBusy())

    async with context.services.pool.connection() as connection:
        said = await add_words(connection, USER, "And a clock")
        await connection.execute(
            "INSERT INTO change_request (build_id, request_id, body, applied_at)"
            " VALUES (%s, %s, 'And a clock', now())",
            [build.build_id, said],
        )
    assert not await goes_on_without(context, spent), "it has no clock"


async def test_a_change_that_nobody_tried_or_read_leaves_what_works_and_can_be_judged_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_online(stage)
    await stage.plans("designer", "qa", "code_reviewer")
    let_check(monkeypatch, TOO_SLOW)
    stage.claude.faults.add([ClaudeFault(fault="refusal", role="code_reviewer", times=2)])
    await implement(stage.context)

    with pytest.raises(ChangeUntried):
        await review(stage.context)
    assert await outcomes(stage) == [("faulty", None, ""), (None, None, None)]

    let_check(monkeypatch, SOUND)
    await review(stage.context)
    assert [outcome for outcome, *_ in await outcomes(stage)] == ["faulty", "passed"]
    assert stage.called().count("frontend") == 1


async def test_what_qa_could_not_reach_is_told_and_only_what_was_proven_is_met(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with planned_build(pool, settings, "Build me a counter with a sound") as stage:
        await stage.plans("designer", "qa")
        let_check(monkeypatch, SOUND)
        await implement(stage.context)

        await review(stage.context)
        assert "<today>" in (await stage.agents())["qa"]["opening"]
        async with pool.connection() as connection:
            await connection.execute(
                "SELECT add_requirement(build_id, request_id, 'message', 'does', NULL,"
                " 'And a clock', false, '{}') FROM build"
            )
        await publish_app(stage.context)

        (said,) = [body for body in await told(stage) if "is ready" in body]
        assert "This I couldn't test here, so please try it yourself:\n- The sound" in said
        async with pool.connection() as connection:
            known = await list_requirements(connection, stage.context.build.project_id, None)
        assert [(one.words, one.state) for one in known] == [
            ("Build me a counter with a sound", "met"),
            ("And a clock", "open"),
        ]


async def test_a_hand_in_that_changed_nothing_and_does_all_is_judged_by_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.plans("designer", "qa", "code_reviewer")
    let_check(monkeypatch, SOUND)
    await implement(stage.context)
    await put_online(stage)

    await review(stage.context)
    await publish_app(stage.context)

    assert stage.called() == ["frontend", "qa"]  # who wrote the list
    assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed"]
    (said,) = [body for body in await told(stage) if "Counter" in body]
    assert said.startswith("I found nothing to change: *Counter* is still at version 1.")
    assert not any(body.startswith("It's built") for body in await told(stage))


@pytest.mark.parametrize(
    ("later", "judges"), [("looks", []), ("does", ["code_reviewer", "qa", "qa"])]
)
async def test_a_change_of_looks_that_became_more_is_judged_as_that(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    later: requirements.Kind,
    judges: list[str],
) -> None:
    build = stage.context.build
    async with stage.context.services.pool.connection() as connection:
        await connection.execute("UPDATE requirement SET kind = 'looks'")
        said = await add_words(connection, USER, "And more of it")
        await requirements.add_change(
            connection, build_id=build.build_id, request_id=said, words="And more of it", kind=later
        )
    await stage.plans()
    let_check(monkeypatch, SOUND)
    await implement(stage.context)

    await review(stage.context)

    assert stage.called() == [*judges[:1], "frontend", *judges[1:]]
    assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed"]


async def test_who_judges_in_place_of_one_who_gave_no_answer_gets_what_that_one_tried(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_list = ClaudeFault(fault="refusal", role="qa")
    no_verdict = ClaudeFault(fault="refusal", role="qa", after_turns=1)
    stage.claude.faults.add([no_list, no_verdict])
    await stage.plans("designer", "qa")
    let_check(monkeypatch, SOUND)
    await implement(stage.context)

    await review(stage.context)

    assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed"]
    opening = (await stage.agents())["qa"]["opening"]
    assert "1 of 1 criteria are met" in opening
    assert stage.called().count("qa") == 4  # no list; a trial, no verdict; a verdict


async def interrupt_review(stage: Stage, calls: list[str]) -> None:
    """Begin to judge, and put it aside once these were asked."""
    reviewing = asyncio.ensure_future(review(stage.context))

    async def are_asked() -> bool:
        return stage.called() == calls

    await wait_until(are_asked)
    await end(reviewing)


async def test_who_judges_in_place_of_another_and_is_interrupted_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.plans("designer", "qa")
    let_check(monkeypatch, SOUND)
    await implement(stage.context)
    stage.claude.faults.add([ClaudeFault(fault=kind, role="qa") for kind in ("refusal", "hang")])

    await interrupt_review(stage, ["frontend", "qa", "qa", "qa"])
    assert (await stage.agents())["qa"]["state"] == "PAUSED"
    await review(stage.context)

    assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed"]
    assert (await stage.agents())["qa"]["version"] == 3  # the list, no verdict, a verdict
    assert stage.called().count("qa") == 4


async def test_a_verdict_on_what_nobody_tried_is_given_once_more_also_after_an_interruption(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.claude.faults.add([ClaudeFault(fault="refusal", role="qa")])  # no list
    await stage.plans("designer", "qa")
    let_check(monkeypatch, SOUND)
    await implement(stage.context)
    verdict = Verdict(works=True, summary="It works.", failures=[])
    scripted = crew.answer

    def answer(_: Conversation) -> ScriptedAnswer:
        monkeypatch.setattr(crew, "answer", scripted)
        stage.claude.faults.add([ClaudeFault(fault="hang", role="qa")])
        return finish(verdict.model_dump_json())

    monkeypatch.setattr(crew, "answer", answer)
    await interrupt_review(stage, ["frontend", "qa", "qa", "qa"])
    await review(stage.context)

    assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed"]
    assert (await stage.agents())["qa"]["version"] == 3


async def test_two_who_have_no_opinion_are_enough_also_where_they_were_interrupted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.plans("designer", "qa")
    let_check(monkeypatch, SOUND)
    await implement(stage.context)
    stage.claude.faults.add(
        [ClaudeFault(fault=kind, role="qa") for kind in ("refusal", "hang", "refusal")]
    )

    await interrupt_review(stage, ["frontend", "qa", "qa", "qa"])
    await review(stage.context)

    assert [outcome for outcome, *_ in await outcomes(stage)] == ["faulty"]
    assert stage.called().count("qa") == 4


async def test_who_was_interrupted_in_a_round_that_is_over_judges_no_later_one(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    greets = GREETS.model_copy(update={"requirements": [1]})
    other = Acceptance(language="en", keeps_data=False, criteria=[greets])
    wanted = f"Build me a counter [[qa: try_page {other.model_dump_json()}]]"
    mended = '[[frontend: write_file {"path": "index.html", "content": "Good morning"}]]'
    unmet = UNGREETED.model_copy(update={"message": mended})
    async with planned_build(pool, settings, wanted) as stage:
        await stage.plans("designer", "qa", "code_reviewer")
        let_check(monkeypatch, SOUND)
        await implement(stage.context)
        await look_first(stage.context)
        let_check(monkeypatch, that_finds(unmet))
        stage.claude.faults.add([ClaudeFault(fault="hang", role="code_reviewer")])
        await interrupt_review(stage, ["code_reviewer", "frontend", "qa", "qa", "qa"])
        let_check(monkeypatch, SOUND)
        await review(stage.context)

        assert [outcome for outcome, *_ in await outcomes(stage)] == ["faulty", "passed"]
        reviewer = (await stage.agents())["code_reviewer"]
        assert reviewer["version"] == 2
        assert "<earlier_findings>" in reviewer["opening"]
