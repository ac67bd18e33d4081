"""Texts as agents read them: whole or in part, behind their paths; what is not shown is said."""

from collections.abc import Iterable

from bot.errors import WorkspaceError

NOTICE_LENGTH = 200  # characters at most of what is said about what is not shown


def excerpt(path: str, text: str, first: int | None, last: int | None, limit: int) -> str:
    """The lines `first` to `last`, counted from 1, of at most `limit` characters in all.

    None stands for the beginning and for the end. A file that is shown whole is given to the
    letter. Raises `WorkspaceError` for lines that there are not.
    """
    lines = text.split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    total, begin = len(lines), 1 if first is None else first
    end = total if last is None else min(last, total)
    if begin < 1 or begin > total or end < begin:
        wanted = f"{begin} to {total if last is None else last}"
        raise WorkspaceError(f"{path!r} has lines 1 to {total}; there are no lines {wanted}.")
    if (begin, end) == (1, total) and len(text) <= limit:
        return text
    fitting = _fitting(lines[begin - 1 : end], limit - NOTICE_LENGTH)
    if not fitting:
        room = limit - NOTICE_LENGTH
        cut = lines[begin - 1]
        return (
            f"{cut[:room]}\n[cut: line {begin} of {total} has {len(cut) - room:,} more characters,"
            " which cannot be read]"
        )
    shown = begin + len(fitting) - 1
    told = f"lines {begin} to {shown} of {total}"
    if shown < end:
        told = f"{told}, the rest is cut: read on with first_line {shown + 1}"
    return "\n".join([*fitting, f"[{told}]"])


def cut_to(text: str, limit: int) -> str:
    """The text's first `limit` characters, and how many more there are."""
    cut = len(text) - limit
    return text if cut <= 0 else f"{text[:limit]}\n[cut: {cut} more characters]"


def heading(path: str) -> str:
    """The line before a text, where several follow one another."""
    return f"=== {path}"


def headed(path: str, text: str) -> str:
    """A text behind its path."""
    return f"{heading(path)}\n{text}"


def no_room_for(paths: Iterable[str], *, instead: str) -> str:
    """Says which texts are left out, and what to do `instead` of reading them here."""
    return f"[no room for {', '.join(paths)}: {instead}]"


def _fitting(lines: list[str], limit: int) -> list[str]:
    """As many of the first lines as `limit` characters hold."""
    length = 0
    for count, line in enumerate(lines):
        length += len(line) + 1
        if length > limit:
            return lines[:count]
    return lines
