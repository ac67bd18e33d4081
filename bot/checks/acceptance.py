"""What an app must do to be accepted: steps that a user could take, each one typed.

The QA agent derives them from the request as a structured answer; `bot.checks.stepping` takes them.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.checks.in_memory_documents import Visitor
from bot.checks.steps import (
    ENTRIES,
    EXPECTATIONS,
    MAX_WAIT,
    Reload,
    SetNetwork,
    Step,
    StrictModel,
    SwitchPhone,
    Wait,
)
from bot.markup.readers import ForCrew, ForUser

MAX_CRITERIA = 8  # of one answer
MAX_STANDING = 24  # of a project
MAX_STEPS = 20  # of one criterion


class Criterion(StrictModel):
    """One thing that the app must do. Its steps begin on a page that was never used before."""

    criterion: ForUser = Field(description="one sentence, as the user would say it")
    requirements: list[int] = Field(
        default=[],  # lists that are stored from before it was asked for
        description="the numbers of the requirements that it proves",
    )
    steps: list[Step] = Field(description=f"1 to {MAX_STEPS}, the last one an expectation")

    @property
    def enters_something(self) -> bool:
        """Whether a step of it fills a field, chooses, or brings a file."""
        return any(isinstance(step, ENTRIES) for step in self.steps)

    @property
    def ends_with(self) -> Visitor:
        """The visitor whose phone it ends on."""
        switched = [step.phone for step in self.steps if isinstance(step, SwitchPhone)]
        return switched[-1] if switched else 1


class Acceptance(StrictModel):
    """What follows from the request; an answer that proves nothing is refused."""

    most: ClassVar[int] = MAX_CRITERIA

    language: ForCrew = Field(description="ISO 639-1 code of the language that the page must speak")
    keeps_data: bool = Field(
        description="whether one of these criteria reloads, because what is entered must survive it"
    )
    shares_data: bool = Field(
        default=False,  # also of lists that are older
        description="whether one of these criteria shows on another phone what several people use",
    )
    criteria: list[Criterion]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not 1 <= len(self.criteria) <= self.most:
            raise ValueError(f"give 1 to {self.most} criteria")
        for criterion in self.criteria:
            _check_criterion(criterion)
        if self.keeps_data and not any(_reloads(criterion) for criterion in self.criteria):
            raise ValueError("keeps_data needs a criterion that reloads and then expects the data")
        if self.shares_data and not any(_shares(criterion) for criterion in self.criteria):
            raise ValueError(
                "shares_data needs a criterion that enters something on one phone, switches to "
                "another phone and expects it there"
            )
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
    shares_data = any(one.shares_data for one in lists) and any(map(_shares, criteria))
    return StandingList(
        language=lists[0].language,
        keeps_data=keeps_data,
        shares_data=shares_data,
        criteria=criteria,
    )


def _check_criterion(criterion: Criterion) -> None:
    """Refuse steps that prove nothing or that cannot be taken."""
    if not 1 <= len(criterion.steps) <= MAX_STEPS:
        raise ValueError(f"give each criterion 1 to {MAX_STEPS} steps")
    if not isinstance(criterion.steps[-1], EXPECTATIONS):
        raise ValueError("the last step of each criterion must be an expectation")
    if _loads_offline(criterion):
        raise ValueError("a phone that is offline cannot reload; connect it before")
    if sum(step.seconds for step in criterion.steps if isinstance(step, Wait)) > MAX_WAIT:
        raise ValueError(f"wait at most {MAX_WAIT} seconds in one criterion, or advance the clock")


def _reloads(criterion: Criterion) -> bool:
    return any(isinstance(step, Reload) for step in criterion.steps)


def _shares(criterion: Criterion) -> bool:
    """Whether something is done on one phone before something is expected on another."""
    phone: Visitor = 1
    used = set[Visitor]()
    for step in criterion.steps:
        if isinstance(step, SwitchPhone):
            phone = step.phone
        elif not isinstance(step, EXPECTATIONS):
            used.add(phone)
        elif used - {phone}:
            return True
    return False


def _loads_offline(criterion: Criterion) -> bool:
    phone: Visitor = 1
    offline = set[Visitor]()
    for step in criterion.steps:
        if isinstance(step, SwitchPhone):
            phone = step.phone
        elif isinstance(step, SetNetwork):
            offline = offline - {phone} if step.is_online else offline | {phone}
        elif isinstance(step, Reload) and phone in offline:
            return True
    return False
