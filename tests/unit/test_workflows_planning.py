"""A plan of the model's is made sound before anything is done by it."""

import pytest

from bot.languages.i18n import use_locale
from bot.languages.locales import KNOWN
from bot.messages import build_texts
from bot.workflows.planning import looks_plan, safe_plan, sound_plan


@pytest.mark.parametrize("language", KNOWN)
def test_an_app_without_a_title_is_called_so_in_the_users_language(language: str) -> None:
    untitled = safe_plan("", has_files=False)
    with use_locale(language):
        title = sound_plan(untitled, has_files=False).title

    assert title
    assert (title == build_texts.UNTITLED) == (language == "en")


def test_a_change_of_looks_is_made_by_the_engineer_alone() -> None:
    plan = sound_plan(looks_plan("Todo"), has_files=True)
    assert (plan.workflow, plan.agents_needed) == ("bug_fix", ["frontend", "devops"])
    assert plan.title == "Todo"
