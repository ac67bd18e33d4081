"""`textcrew requirements`: what was asked of an app, in its user's words, and what became of it."""

from dataclasses import dataclass
from uuid import UUID

import click
from psycopg import AsyncConnection

from bot.cli.acting import note_words_shown, reason_option
from bot.cli.database import with_database
from bot.cli.tables import show
from bot.errors import TextcrewError
from bot.projects.projects import find_project_ids
from bot.projects.requirements import list_requirements

COLUMNS = ("number", "standing", "holds", "kind", "source", "asked", "words")


class NoSuchProject(TextcrewError):
    """No project has an id that begins so, or more than one has."""


@dataclass(frozen=True, kw_only=True)
class RequirementRow:
    """One requirement; `standing` is its state with the version or number that belongs to it."""

    project_id: UUID
    number: int
    standing: str
    holds: bool
    kind: str
    source: str
    asked: str | None
    words: str
    build_id: UUID
    request_id: UUID


@click.command()
@click.argument("project", metavar="PROJECT")
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print the requirements as JSON.")
def requirements(project: str, reason: str, as_json: bool) -> None:
    """List what was asked of an app, and what is met of it in the version that is online.

    PROJECT is a project's id, which may be cut short. It is in its user's words: the audit says who
    saw them.
    """
    rows = with_database(lambda connection, _: _read(connection, project, reason))
    show(rows, columns=COLUMNS, as_json=as_json, nothing="Nothing was asked of it.")


async def _read(connection: AsyncConnection, named: str, reason: str) -> list[RequirementRow]:
    found = await find_project_ids(connection, named)
    if len(found) != 1:
        raise NoSuchProject
    (project_id,) = found
    rows = [
        RequirementRow(
            project_id=project_id,
            number=one.number,
            standing=one.standing,
            holds=one.holds,
            kind=one.kind,
            source=one.source,
            asked=one.asked,
            words=one.words,
            build_id=one.build_id,
            request_id=one.request_id,
        )
        for one in await list_requirements(connection, project_id, None)
    ]
    await note_words_shown(connection, [row.request_id for row in rows], reason)
    return rows
