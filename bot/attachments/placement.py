"""Puts the files that users sent into their project.

That is done when the work on the request begins that they belong to. Before that, another build may
be at work there, and its files are not to change under its hands.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.attachments.kept_files import KeptFile
from bot.errors import WorkspaceError
from bot.projects.workspace import MAX_FILES, MAX_PROJECT_SIZE, Workspace
from bot.sites.file_types import is_picture
from telemetry.named_sql import statements

log = logging.getLogger(__name__)

SQL = statements("bot.attachments", "placement.sql")

LISTED = 8  # files that were sent earlier


@dataclass(frozen=True, kw_only=True)
class SentEarlier:
    """A file that a project got and does not have, and what the message said that brought it."""

    path: str
    body: str


@dataclass(frozen=True, kw_only=True)
class PutBack:
    """A file that is among a project's again, if that `has_room`; `sha256` in hexadecimal."""

    sha256: str
    has_room: bool


async def put_in_place(
    connection: AsyncConnection, *, request_id: UUID, project_id: UUID
) -> list[str]:
    """Put the files of a request into the project, as far as that has room for them.

    Returns the paths of those that it has no room for, which are kept no longer: so agents are
    shown none that is not there.
    """
    async with connection.cursor(row_factory=class_row(KeptFile)) as cursor:
        await cursor.execute(SQL["files_of_request"], {"request_id": request_id})
        files = await cursor.fetchall()
    workspace = Workspace(connection, project_id)
    left_out: list[str] = []
    for file in files:
        try:
            if is_picture(file.path):
                await workspace.write_picture(file.path, file.content)
            else:
                await workspace.write(file.path, file.content.decode("utf-8"))
        except WorkspaceError:
            left_out.append(file.path)
    left_out += await _put_papers(connection, request_id, project_id)
    if left_out:
        log.warning("a file that was sent has no room in its project")
        await connection.execute(SQL["drop"], {"request_id": request_id, "paths": left_out})
    return left_out


async def _put_papers(connection: AsyncConnection, request_id: UUID, project_id: UUID) -> list[str]:
    """Put the PDFs into the project; the database copies them, so that they take no memory here.

    Returns the paths of those that it has no room for.
    """
    cursor = await connection.execute(
        SQL["put_papers"],
        {
            "request_id": request_id,
            "project_id": project_id,
            "most_files": MAX_FILES,
            "most_bytes": MAX_PROJECT_SIZE,
        },
    )
    return [path for path, has_room in await cursor.fetchall() if not has_room]


async def list_sent_earlier(connection: AsyncConnection, project_id: UUID) -> list[SentEarlier]:
    """The files that the project got and does not have, the newest first."""
    async with connection.cursor(row_factory=class_row(SentEarlier)) as cursor:
        values = {"project_id": project_id, "limit": LISTED}
        await cursor.execute(SQL["list_sent_earlier"], values)
        return await cursor.fetchall()


async def put_back(connection: AsyncConnection, project_id: UUID, path: str) -> PutBack | None:
    """Let the project have a file again that it got; None if it never got one of that path."""
    values = {
        "project_id": project_id,
        "path": path,
        "most_files": MAX_FILES,
        "most_bytes": MAX_PROJECT_SIZE,
    }
    async with connection.cursor(row_factory=class_row(PutBack)) as cursor:
        await cursor.execute(SQL["put_files_back"], values)
        return await cursor.fetchone()
