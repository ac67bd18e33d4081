"""What a path of a project may look like: one spelling per file, and no way out."""

import re

from bot.errors import WorkspaceError
from bot.sites.file_types import CONTENT_TYPES, file_type

MAX_LENGTH = 120  # characters

# Each piece starts with a letter, a digit or "_", so that "..", "." and dot files cannot be said.
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


def is_path(path: str) -> bool:
    """Tell whether a file of a project can have this path at all."""
    return len(path) <= MAX_LENGTH and bool(_PATH.fullmatch(path))


def checked_path(path: str) -> str:
    """Return `path`, or raise `WorkspaceError` saying which rule it breaks."""
    if len(path) > MAX_LENGTH:
        raise WorkspaceError(
            f"The path is longer than {MAX_LENGTH} characters; choose a shorter one."
        )
    if not _PATH.fullmatch(path):
        raise WorkspaceError(
            f"{path!r} is not an allowed path. Write it relative to the project, like index.html "
            "or css/style.css, with letters, digits, '_', '-' and '.'; no name starts with a dot."
        )
    if file_type(path) not in CONTENT_TYPES:
        raise WorkspaceError(
            f"{path!r} is not of an allowed type. A project holds files of these types: "
            f"{', '.join(CONTENT_TYPES)}."
        )
    return path
