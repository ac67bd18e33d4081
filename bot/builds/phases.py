"""The phases of a build, in the order of the work."""

from enum import StrEnum


class Phase(StrEnum):
    """Where a build is; it only ever goes forward."""

    PLANNING = "planning"
    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    REVIEW = "review"
    DEPLOYMENT = "deployment"
    COMPLETED = "completed"


_ORDER = tuple(Phase)


def is_behind(phase: str, other: str) -> bool:
    """Whether a phase is the other one, or comes before it."""
    return _ORDER.index(Phase(phase)) <= _ORDER.index(Phase(other))


def completion_percentage(phase: str) -> int:
    """How far a build is, from 0 to 100."""
    return round(100 * _ORDER.index(Phase(phase)) / (len(_ORDER) - 1))
