"""What an app was proven to do is tried again, until what it proves was replaced or taken back."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from bot.checks.acceptance import MAX_STANDING, Acceptance, Criterion, StandingList, joined
from bot.checks.report import CHECKS, CheckRequest, Finding, Report
from bot.checks.steps import ExpectText
from bot.crew.browser_tools import TRY_PAGE
from bot.crew.standing_list import standing_list
from bot.projects.history import go_back, go_forward
from bot.projects.requirements import PlannedRequirement
from tests.integration.project_story import Pool, Story, told_story

pytestmark = pytest.mark.anyio


def that(criterion: str, *requirements: int, reads: str = "Costs") -> Criterion:
    step = ExpectText(action="expect_text", text=reads)
    return Criterion(criterion=criterion, steps=[step], requirements=list(requirements))


def a_list(*criteria: Criterion) -> Acceptance:
    return Acceptance(language="en", keeps_data=False, criteria=list(criteria))


async def tried(
    story: Story, build_id: UUID, acceptance: Acceptance, *, passed: bool = True
) -> None:
    """Let a list have been clicked through in a build."""
    fault = Finding(check="acceptance", message="It does not.")
    report = Report(ran=frozenset(CHECKS), findings=() if passed else (fault,))
    text = acceptance.model_dump_json()
    await story.connection.execute(
        "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
        " VALUES (%s, '', %s, %s, %s)",
        [build_id, sha256(text.encode()).digest(), text, report.model_dump_json()],
    )


async def standing(story: Story) -> list[str]:
    found = await standing_list(story.connection, story.project_id)
    return [one.criterion for one in found.criteria] if found else []


async def test_a_check_leaves_when_all_that_it_proves_was_replaced(pool: Pool) -> None:
    async with told_story(pool) as story:
        assert await standing(story) == []
        first = await story.ask("Shared costs, in red")
        await story.plan(
            first, PlannedRequirement(words="Shared costs"), PlannedRequirement(words="in red")
        )
        sums, red, both = that("It sums up.", 1), that("It is red.", 2), that("All is there.", 1, 2)
        await tried(story, first, a_list(sums, red, both))
        await story.publish(first, "one")
        assert await standing(story) == ["It sums up.", "It is red.", "All is there."]

        second = await story.ask("Make it blue")
        await story.start(second)
        await story.plan(second, PlannedRequirement(words="Make it blue", replaces=(2,)))
        assert await standing(story) == ["It sums up.", "All is there."]
        await tried(story, second, a_list(that("It is blue.", 3)), passed=False)
        assert await standing(story) == ["It is blue.", "It sums up.", "All is there."]
        await tried(story, second, a_list(that("It is blue at the top.", 3)))
        now = ["It is blue at the top.", "It sums up.", "All is there."]
        assert await standing(story) == now
        await story.publish(second, "two")
        assert await standing(story) == now

        await go_back(story.connection, story.project_id)
        assert await standing(story) == ["It sums up.", "It is red.", "All is there."]
        await go_forward(story.connection, story.project_id)
        assert await standing(story) == now


async def test_what_never_passed_or_was_given_up_is_not_tried_again(pool: Pool) -> None:
    async with told_story(pool) as story:
        first = await story.ask("Shared costs")
        await tried(story, first, a_list(that("It sums up.", 1)), passed=False)
        await story.publish(first, "one", is_sound=False)
        assert await standing(story) == []

        second = await story.ask("Make it blue")
        await tried(story, second, a_list(that("It is blue.", 2)))
        await story.end(second, "stopped")
        assert await standing(story) == []


async def test_what_a_stopped_build_was_asked_for_is_tried_again_if_the_app_began_with_it(
    pool: Pool,
) -> None:
    async with told_story(pool) as story:
        await story.end(await story.ask("Shared costs"), "stopped")
        second = await story.ask("In green instead")
        await tried(story, second, a_list(that("It sums up.", 1), that("It is green.", 2)))
        await story.publish(second, "one")
        assert await standing(story) == ["It sums up.", "It is green."]

        third = await story.ask("A title, please")
        await story.start(third)
        assert await standing(story) == ["It sums up.", "It is green."]


async def test_a_sentence_said_again_is_tried_by_its_latest_steps(pool: Pool) -> None:
    async with told_story(pool) as story:
        first = await story.ask("Shared costs")
        await tried(story, first, a_list(that("It sums up.", 1, reads="Sum"), that("It opens.")))
        await story.publish(first, "one")
        assert await standing(story) == ["It sums up.", "It opens."]
        second = await story.ask("Call it total")
        await tried(story, second, a_list(that("It sums up.", 1, 2, reads="Total")))
        await story.publish(second, "two")

        found = await standing_list(story.connection, story.project_id)
    assert found
    assert found.criteria == [that("It sums up.", 1, 2, reads="Total")]


def test_a_standing_list_may_be_longer_than_an_answer_and_is_read_as_it_was_kept() -> None:
    lists = [a_list(*(that(f"{n} of {m}", n) for n in range(8))) for m in range(4)]

    found = joined(lists, gone=frozenset({0}))

    assert found
    assert len(found.criteria) == MAX_STANDING
    assert found.criteria[0].criterion == "1 of 0"
    assert StandingList.model_validate_json(found.model_dump_json()) == found
    asked = CheckRequest(files={}, pictures={}, acceptance=found, browser="chromium")
    sent = CheckRequest.model_validate_json(asked.model_dump_json())
    assert sent.acceptance == found, "what tries it gets all of it"


def test_a_list_from_before_criteria_named_requirements_is_read() -> None:
    kept = a_list(that("It opens.")).model_dump_json().replace(',"requirements":[]', "")

    assert StandingList.model_validate_json(kept).criteria == [that("It opens.")]
    schema: Mapping[str, Any] = TRY_PAGE.specification["input_schema"]
    asked = schema["$defs"]["Criterion"]["required"]
    assert asked == ["criterion", "requirements", "steps"], "and whoever writes one is to name them"
