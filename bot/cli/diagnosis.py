"""What a check of `textcrew doctor` says."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What a check saw, and how to fix it when it is not well."""

    check: str
    ok: bool
    seen: str
    remedy: str = ""


def good(check: str, seen: str) -> Diagnosis:
    """All is well."""
    return Diagnosis(check=check, ok=True, seen=seen)


def bad(check: str, seen: str, remedy: str = "") -> Diagnosis:
    """Something is to be done."""
    return Diagnosis(check=check, ok=False, seen=seen, remedy=remedy)
