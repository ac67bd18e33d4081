"""Which steps of what an app must do go by names that a new design does not have any more."""

import re
from collections.abc import Iterator, Sequence

from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.steps import Choose, Click, ExpectChecked, Fill, PickFile, Role
from bot.model.answers import Control

_NO_CONTROLS: frozenset[Role] = frozenset(
    {"cell", "dialog", "heading", "img", "listitem", "progressbar", "row", "status"}
)
_ENTRY = re.compile(r"\{[^}]*\}")  # stands in a name for what it belongs to


def renamed(standing: Acceptance, designed: Sequence[Control]) -> list[str]:
    """The names that no control of the design has, each with its criterion, a line each.

    A design that names no controls changes none.
    """
    if not designed:
        return []
    found = (
        f"“{name}”, in “{one.criterion}”"
        for one in standing.criteria
        for name in _controls_of(one)
        if not any(_is_called(control.name, name) for control in designed)
    )
    return list(dict.fromkeys(found))


def _controls_of(criterion: Criterion) -> Iterator[str]:
    """The names of what its steps press or fill, or look whether it is on.

    But for what is called as it was entered, which no design can name.
    """
    entered = {step.text for step in criterion.steps if isinstance(step, Fill)}
    for step in criterion.steps:
        match step:
            case Fill(field=name) | Choose(field=name) | PickFile(field=name):
                yield name
            case Click(role=role) if role in _NO_CONTROLS:
                continue
            case Click(name=name) | ExpectChecked(name=name) if name not in entered:
                yield name


def _is_called(designed: str, name: str) -> bool:
    """Whether a step that goes by `name` finds the control: by its name or a part of it."""
    entry = ".*".join(map(re.escape, _ENTRY.split(designed)))
    is_of_entry = re.fullmatch(entry, name, re.I | re.S) is not None
    return is_of_entry or name.casefold() in designed.casefold()
