"""What an app must do to be accepted: steps that a user could take, each one typed.

The QA agent derives them from the request as a structured answer; `bot.checks.stepping` takes them.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.markup.readers import ForCrew, ForUser

MAX_CRITERIA = 8  # of one answer
MAX_STANDING = 24  # of a project
MAX_STEPS = 16  # of one criterion

Role = Literal[
    "button",
    "checkbox",
    "heading",
    "img",
    "link",
    "listitem",
    "menuitem",
    "option",
    "radio",
    "row",
    "slider",
    "status",
    "switch",
    "tab",
    "textbox",
]


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fill(_Typed):
    """Type text into the field with that label (or placeholder)."""

    action: Literal["fill"]
    field: ForCrew
    text: ForCrew


class Choose(_Typed):
    """Choose an option of the list with that label."""

    action: Literal["choose"]
    field: ForCrew
    option: ForCrew


class Click(_Typed):
    """Click what has this role and accessible name."""

    action: Literal["click"]
    role: Role
    name: ForCrew


class Press(_Typed):
    """Press a key where the focus is, such as Enter, Escape, a or 7."""

    action: Literal["press"]
    key: ForCrew


class Reload(_Typed):
    """Load the page again, as after closing and opening it."""

    action: Literal["reload"]


class ExpectText(_Typed):
    """This text can be read on the page, in a field too; upper and lower case are the same."""

    action: Literal["expect_text"]
    text: ForCrew


class ExpectNoText(_Typed):
    """This text cannot be read on the page."""

    action: Literal["expect_no_text"]
    text: ForCrew


class ExpectVisible(_Typed):
    """Something with this role and accessible name is there."""

    action: Literal["expect_visible"]
    role: Role
    name: ForCrew


class ExpectCount(_Typed):
    """So many things with this role (and name, unless it is empty) are there."""

    action: Literal["expect_count"]
    role: Role
    name: ForCrew
    count: int


Step = (
    Fill | Choose | Click | Press | Reload | ExpectText | ExpectNoText | ExpectVisible | ExpectCount
)
EXPECTATIONS = (ExpectText, ExpectNoText, ExpectVisible, ExpectCount)


class Criterion(_Typed):
    """One thing that the app must do. Its steps begin on a page that was never used before."""

    criterion: ForUser = Field(description="one sentence, as the user would say it")
    requirements: list[int] = Field(
        default=[],  # lists that are stored from before it was asked for
        description="the numbers of the requirements that it proves",
    )
    steps: list[Step]


class Acceptance(_Typed):
    """What follows from the request; an answer that proves nothing is refused."""

    most: ClassVar[int] = MAX_CRITERIA

    language: ForCrew = Field(description="ISO 639-1 code of the language that the page must speak")
    keeps_data: bool = Field(description="whether what a user enters must survive a reload")
    criteria: list[Criterion]

    @model_validator(mode="after")
    def _proves_something(self) -> Self:
        if not 1 <= len(self.criteria) <= self.most:
            raise ValueError(f"give 1 to {self.most} criteria")
        for criterion in self.criteria:
            if not 1 <= len(criterion.steps) <= MAX_STEPS:
                raise ValueError(f"give each criterion 1 to {MAX_STEPS} steps")
            if not isinstance(criterion.steps[-1], EXPECTATIONS):
                raise ValueError("the last step of each criterion must be an expectation")
        if self.keeps_data and not any(_reloads(criterion) for criterion in self.criteria):
            raise ValueError("keeps_data needs a criterion that reloads and then expects the data")
        return self


class StandingList(Acceptance):
    """What a project must do by all that was agreed in its builds."""

    most: ClassVar[int] = MAX_STANDING


def joined(lists: Sequence[Acceptance], *, gone: frozenset[int]) -> Acceptance | None:
    """One list of several, the latest first; None where nothing is left.

    A criterion leaves when all requirements that it proves are `gone`; one that names none counts
    in the latest list alone. Of one sentence in several lists the latest steps are taken. If there
    are too many, the oldest go.
    """
    kept: dict[str, Criterion] = {}
    for place, agreed in enumerate(lists):
        for one in agreed.criteria:
            proves = set(one.requirements)
            if one.criterion not in kept and (proves - gone if proves else place == 0):
                kept[one.criterion] = one
    criteria = list(kept.values())[:MAX_STANDING]
    if not criteria:
        return None
    keeps_data = any(one.keeps_data for one in lists) and any(map(_reloads, criteria))
    return StandingList(language=lists[0].language, keeps_data=keeps_data, criteria=criteria)


def _reloads(criterion: Criterion) -> bool:
    return any(isinstance(step, Reload) for step in criterion.steps)
