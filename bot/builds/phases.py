"""The phases of a build, in the order of the work."""

from collections.abc import Mapping
from enum import StrEnum

CHANGE = "bug_fix"
"""The workflow of a change to an app that exists."""

NEW_APP = "full_build"
"""The workflow of a new app, or of one that becomes another."""


class Phase(StrEnum):
    """Where a build is; it only ever goes forward."""

    PLANNING = "planning"
    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    REVIEW = "review"
    DEPLOYMENT = "deployment"
    COMPLETED = "completed"


_ORDER = tuple(Phase)
# What a workflow does not come to; one that is not named here comes to all of them.
_SKIPPED: Mapping[str, frozenset[Phase]] = {
    CHANGE: frozenset({Phase.DESIGN}),
    "custom": frozenset({Phase.DESIGN}),
    "design_only": frozenset({Phase.IMPLEMENTATION, Phase.REVIEW, Phase.DEPLOYMENT}),
    "redeploy": frozenset({Phase.DESIGN, Phase.IMPLEMENTATION}),
    "conversation": frozenset(_ORDER),
}


def skipped_phases(workflow: str | None) -> frozenset[Phase]:
    """What a workflow does not come to; no `workflow` is a build that is not planned yet."""
    return _SKIPPED.get(workflow or "", frozenset())


def is_reached(phase: str, *, at: str) -> bool:
    """Whether a build that is `at` some phase has come to this one."""
    return _ORDER.index(Phase(phase)) <= _ORDER.index(Phase(at))


def completion_percentage(phase: str) -> int:
    """How far a build is, from 0 to 100."""
    return round(100 * _ORDER.index(Phase(phase)) / (len(_ORDER) - 1))


def phase_after(phase: str, workflow: str | None) -> Phase | None:
    """What comes next, None for the last one; no `workflow` is a build that is not planned yet."""
    following = _ORDER[_ORDER.index(Phase(phase)) + 1 : -1]
    return next((one for one in following if one not in skipped_phases(workflow)), None)
