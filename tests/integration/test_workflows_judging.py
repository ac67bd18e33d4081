"""What becomes of an app by what was seen of it; another program stands for the check's process.

Of what the machine was too busy to try nothing goes back, and nobody reads of a fault.
"""

from collections.abc import AsyncIterator

import pytest

from bot.builds.rounds import list_rounds
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.report import CHECKS, Report
from bot.errors import (
    BudgetExhausted,
    BudgetQuestion,
    ChangeUntried,
    ModelBusy,
    ModelRefused,
)
from bot.projects import requirements
from bot.projects.requirements import list_requirements
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.sandbox.claude.faults import ClaudeFault
from bot.settings.groups import Settings
from bot.workflows.failure_log import ATTEMPT_LIMIT
from bot.workflows.review import review
from bot.workflows.review_briefs import NOBODY_TRIED
from bot.workflows.steps import implement
from bot.workflows.steps import publish as publish_app
from bot.workflows.substitutes import goes_on_without
from tests.integration.crew_stage import USER, Pool
from tests.integration.judging_stage import (
    GREETS,
    SOUND,
    TOO_SLOW,
    UNGREETED,
    let_check,
    outcomes,
    put_online,
    that_finds,
    told,
)
from tests.integration.workshop_stage import Stage, planned_build
from tests.users import add_request, add_words

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    async with planned_build(pool, settings) as stage:
        yield stage


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
