"""A plan of the model's is made sound before anything is done by it."""

import pytest

from bot.languages.i18n import use_locale
from bot.languages.locales import KNOWN
from bot.messages import build_texts
from bot.workflows.sound_plans import NOT_AS_PLANNED, SMALLER, looks_plan, safe_plan, sound_plan


@pytest.mark.parametrize("language", KNOWN)
def test_an_app_without_a_title_is_called_so_in_the_users_language(language: str) -> None:
    untitled = safe_plan("", has_files=False)
    with use_locale(language):
        title = sound_plan(untitled, has_files=False).title

    assert title
    assert (title == build_texts.UNTITLED) == (language == "en")


@pytest.mark.parametrize(
    ("workflow", "too_small"),
    [("bug_fix", {"bug_fix"}), ("anything", {"bug_fix"}), ("custom", SMALLER)],
)
def test_a_large_change_is_planned_as_a_new_app_is(workflow: str, too_small: set[str]) -> None:
    small = safe_plan("Share it with all", has_files=True)
    planned = small.model_copy(
        update={"workflow": workflow, "agents_needed": ["frontend", "backend"]}
    )
    plan = sound_plan(planned, has_files=True, too_small=too_small)
    assert plan.workflow == "full_build"
    assert plan.reasoning == NOT_AS_PLANNED
    assert {"designer", "backend", "frontend", "qa", "code_reviewer"} <= set(plan.agents_needed)


def test_whom_the_plan_picks_for_a_large_change_work_on_it() -> None:
    planned = safe_plan("A new look", has_files=True).model_copy(
        update={"workflow": "custom", "reasoning": "The notes say it all."}
    )
    plan = sound_plan(planned, has_files=True, too_small={"bug_fix"})
    assert plan.workflow == "custom"
    assert plan.agents_needed == ["frontend", "qa", "devops"]
    assert plan.reasoning == "The notes say it all."


def test_what_only_publishes_again_stays_so_however_large_it_was_said_to_be() -> None:
    again = safe_plan("Publish it", has_files=True).model_copy(update={"workflow": "redeploy"})
    assert sound_plan(again, has_files=True, too_small=SMALLER).workflow == "redeploy"


def test_a_change_of_looks_is_made_by_the_engineer_alone() -> None:
    plan = sound_plan(looks_plan("Todo", "Make it blue"), has_files=True)
    assert (plan.workflow, plan.agents_needed) == ("bug_fix", ["frontend", "devops"])
    assert plan.title == "Todo"
    assert [(one.words, one.kind) for one in plan.requirements] == [("Make it blue", "looks")]
    owing = sound_plan(looks_plan("Todo", "Make it blue", with_qa=True), has_files=True)
    assert owing.agents_needed == ["frontend", "qa", "devops"]
