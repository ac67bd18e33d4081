"""What was found in the app as it is online and kept nobody from publishing it.

Whoever plans and makes the next change reads it, so that it is fixed on the way. The list is what
was said last: who reads the code again repeats what is still so, and with that the rest is gone.
"""

from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import BaseModel, ValidationError

from bot.model.answers import CodeFinding, CodeReview, Looks, Verdict
from telemetry.named_sql import statements

SQL = statements("bot.crew", "open_notes.sql")

T = TypeVar("T", bound=BaseModel)

OPEN_NOTES = "open_notes"
NOTES_CARRIED = 20
NOTE_LENGTH = 500  # characters
LINE_LENGTH = 530  # the same, with the version that it was seen in
_GOOD_ENOUGH = 4  # of 5: looks from there on need no advice


async def open_notes(
    connection: AsyncConnection,
    project_id: UUID,
    *,
    is_code_read: bool = True,
    are_looks_open: bool = True,
    good_enough: int = _GOOD_ENOUGH,
) -> str:
    """The notes on the app that is online, a line each; empty if there are none.

    Without those on its code where nobody reads that again, and without those on looks where they
    are not open or have `good_enough` a score. What was seen in an earlier version, which may be
    mended since, says so.
    """
    cursor = await connection.execute(SQL["latest_opinion"], {"project_id": project_id})
    row = await cursor.fetchone()
    review, reviewed_in, verdict, tried_in = row if row is not None else (None,) * 4
    on_code = [*_on_code(review)] if is_code_read else []
    lowest = good_enough if are_looks_open else 0
    by_qa = [*_by_qa(verdict, is_code_read=is_code_read, good_enough=lowest)]
    return _listed([*_seen_in(reviewed_in, on_code), *_seen_in(tried_in, by_qa)])


def notes_of_review(review: str, *, told: str = "") -> str:
    """What a reviewer noted of the files of a round and is not `told` already, a line each."""
    known = " ".join(told.split())
    return _listed([note for note in _on_code(review) if " ".join(note.split()) not in known])


def _seen_in(version: int | None, notes: list[str]) -> list[str]:
    """The notes, with the version that they are of where a later one is online."""
    if version is None:
        return notes
    return [f"{note[:NOTE_LENGTH]} (seen in version {version})" for note in notes]


def _listed(notes: list[str]) -> str:
    return "\n".join(f"- {' '.join(note.split())[:LINE_LENGTH]}" for note in notes[:NOTES_CARRIED])


def _on_code(review: str | None) -> Iterator[str]:
    read = _read(CodeReview, review)
    for one in sorted(read.findings if read else [], key=_weight):
        weight = "blocking" if one.blocking else "advice"
        yield f"[code_reviewer, {weight}] {one.path}: {one.problem} {one.fix}"


def _weight(finding: CodeFinding) -> bool:
    return not finding.blocking


def _by_qa(said: str | None, *, is_code_read: bool, good_enough: int) -> Iterator[str]:
    verdict = _read(Verdict, said)
    if verdict is None:
        return
    if verdict.works is False and is_code_read:
        yield from (f"[qa, blocking] {failure}" for failure in verdict.failures)
    for name in Looks.model_fields if verdict.looks else ():
        look = getattr(verdict.looks, name)
        if look.score < good_enough:
            yield f"[looks, {name} {look.score} of 5] {look.reason}"


def _read(model: type[T], said: str | None) -> T | None:
    """An opinion; None for one in the form of another release, as for none."""
    try:
        return model.model_validate_json(said) if said else None
    except ValidationError:
        return None
