"""Names that a list of what the app must do goes by are found in a design, or said to be gone."""

import pytest

from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.steps import Click, ExpectChecked, ExpectText, Fill, Step
from bot.model.answers import Control
from bot.workflows.renamed_controls import renamed

DESIGNED = [
    Control(role="textbox", name="Your wish (kitchen)"),
    Control(role="button", name="Send wish"),
    Control(role="checkbox", name="Done: {wish}"),
]


def going_by(*steps: Step) -> Acceptance:
    seen = ExpectText(action="expect_text", text="Milk")
    asked = Criterion(criterion="It is kept.", requirements=[1], steps=[*steps, seen])
    return Acceptance(language="en", keeps_data=False, criteria=[asked])


@pytest.mark.parametrize(
    "kept",
    [
        Fill(action="fill", field="your wish", text="Milk"),
        Click(action="click", role="button", name="Send wish"),
        Click(action="click", role="checkbox", name="Done: No onions"),
        ExpectChecked(action="expect_checked", role="checkbox", name="Done", is_on=True),
        Click(action="click", role="listitem", name="Starters"),
    ],
)
def test_what_a_step_finds_in_the_design_is_not_renamed(kept: Step) -> None:
    assert renamed(going_by(kept), DESIGNED) == []


def test_what_is_called_as_it_was_entered_is_no_name_of_the_design() -> None:
    wish = Fill(action="fill", field="Your wish", text="No onions")
    ticks = Click(action="click", role="checkbox", name="No onions")
    assert renamed(going_by(wish, ticks), DESIGNED) == []


def test_what_the_design_has_not_is_told_once_with_what_goes_by_it() -> None:
    sends = Click(action="click", role="button", name="Hang it up")
    assert renamed(going_by(sends, sends), DESIGNED) == ["“Hang it up”, in “It is kept.”"]
    assert renamed(going_by(sends), []) == []
