"""What a check of `textcrew doctor` is and says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from bot.settings.groups import Settings

TIMEOUT = 10.0  # seconds for each database and remote service
START_DEMO = "Nothing runs on this machine now: make demo"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What a check saw, and how to fix it when it is not well."""

    check: str
    ok: bool
    seen: str
    remedy: str = ""


Check: TypeAlias = Callable[[Settings], Diagnosis]


def good(check: str, seen: str) -> Diagnosis:
    """All is well."""
    return Diagnosis(check=check, ok=True, seen=seen)


def bad(check: str, seen: str, remedy: str = "") -> Diagnosis:
    """Something is to be done."""
    return Diagnosis(check=check, ok=False, seen=seen, remedy=remedy)
