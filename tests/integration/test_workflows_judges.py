"""Who judges in place of one who gave no answer, and goes on after an interruption."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.cancellation import end
from bot.checks.acceptance import Acceptance
from bot.model.answers import Verdict
from bot.sandbox.claude import crew
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.faults import ClaudeFault
from bot.settings.groups import Settings
from bot.workflows.first_look import look_first
from bot.workflows.review import review
from bot.workflows.steps import implement
from tests.integration.crew_stage import Pool
from tests.integration.delivery_stage import wait_until
from tests.integration.judging_stage import (
    GREETS,
    SOUND,
    UNGREETED,
    let_check,
    outcomes,
    that_finds,
)
from tests.integration.workshop_stage import Stage, planned_build

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    async with planned_build(pool, settings) as stage:
        yield stage


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
