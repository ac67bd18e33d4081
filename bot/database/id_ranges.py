"""Ids that begin alike stand side by side, so that an index leads to those that were cut short."""

import re
from uuid import UUID

_DIGITS = re.compile(r"[0-9a-f]{1,32}")


def ids_beginning(begins: str) -> tuple[UUID, UUID] | None:
    """The first and the last UUID that begin so; None if none does."""
    digits = begins.replace("-", "").lower()
    if not _DIGITS.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
