"""Files that users sent: kept with their message, taken along by the request that they belong to.

They are put into the project when the work on that request begins. Before that, another build may
be at work there, and its files are not to change under its hands.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.attachments.mentions import names_files
from bot.errors import WorkspaceError
from bot.projects.workspace import MAX_FILES, MAX_PROJECT_SIZE, Workspace
from bot.sites.file_types import is_picture
from telemetry.named_sql import statements

log = logging.getLogger(__name__)

SQL = statements("bot.attachments", "storage.sql")

WAITS = timedelta(minutes=30)  # for words about it
SHOWN = 8  # pictures of a request that a model is shown, and papers

NO_ROOM = "a file that was sent has no room in its project"


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that was taken in, as it will be called in a project.

    `says` is what a paper or a text says, `pages` how many a PDF has. `remark` tells the user what
    is not as they sent it.
    """

    number: int
    path: str
    content_type: str
    content: bytes
    says: str | None = None
    pages: int | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file as it is kept."""

    path: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class KeptPaper:
    """A paper or a text as it is kept: what it says, and how many bytes and pages a PDF has.

    `sha256` is in hexadecimal. One whose text is all that is kept of it has no pages.
    """

    path: str
    sha256: str
    size: int
    pages: int | None
    says: str


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


async def keep(
    connection: AsyncConnection,
    *,
    message_sid: str,
    user_id: str,
    files: Sequence[NewFile],
    body: str,
) -> None:
    """Keep the files of a message, and what it says with them."""
    async with connection.transaction():
        for file in files:
            await connection.execute(
                SQL["keep"],
                {
                    "message_sid": message_sid,
                    "number": file.number,
                    "user_id": user_id,
                    "path": file.path,
                    "content_type": file.content_type,
                    "content": file.content,
                    "says": file.says,
                    "pages": file.pages,
                },
            )
        await note_meaning(connection, message_sid, body)


async def note_meaning(connection: AsyncConnection, message_sid: str, body: str) -> None:
    """Let a message say what it means, with all that it brought; later readers find that."""
    await connection.execute(SQL["note_meaning"], {"message_sid": message_sid, "body": body})


async def was_taken_in(connection: AsyncConnection, message_sid: str) -> bool:
    """Whether the message's body says already what came with it."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["was_taken_in"], {"message_sid": message_sid})
        return bool(await cursor.fetchone())


async def is_path_waiting(
    connection: AsyncConnection, *, message_sid: str, path: str, content: bytes
) -> bool:
    """Whether another file of that path, from the message's user, waits for words about it."""
    values = {
        "message_sid": message_sid,
        "path": path,
        "sha256": sha256(content).digest(),
        "within": WAITS,
    }
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["is_path_waiting"], values)
        return bool(await cursor.fetchone())


async def attach_to_request(
    connection: AsyncConnection,
    *,
    user_id: str,
    request_id: UUID,
    project_id: UUID,
    request_text: str,
) -> list[str]:
    """Let files that wait, and those that the request names, belong to it; returns their paths.

    What another request has taken along stays its own as well.
    """
    belonging = {
        "user_id": user_id,
        "request_id": request_id,
        "project_id": project_id,
        "request_text": request_text,
    }
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["take_along"], {**belonging, "within": WAITS})
        paths: list[str] = await cursor.fetchall()
        if names_files(request_text):
            await cursor.execute(SQL["take_again"], belonging)
            paths += await cursor.fetchall()
        return paths


async def leave_with_doubt(connection: AsyncConnection, user_id: str) -> None:
    """Let no later request take along what came with the doubtful message, unless it names it."""
    await connection.execute(SQL["leave_with_doubt"], {"user_id": user_id})


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
        log.warning(NO_ROOM)
        await connection.execute(SQL["drop"], {"request_id": request_id, "paths": left_out})
    return left_out


async def list_sent_earlier(connection: AsyncConnection, project_id: UUID) -> list[SentEarlier]:
    """The files that the project got and does not have, the newest first."""
    async with connection.cursor(row_factory=class_row(SentEarlier)) as cursor:
        values = {"project_id": project_id, "limit": SHOWN}
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
        await cursor.execute(SQL["put_back"], values)
        return await cursor.fetchone()


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


async def pictures_of(connection: AsyncConnection, request_id: UUID) -> list[KeptFile]:
    """The pictures that came with a request."""
    async with connection.cursor(row_factory=class_row(KeptFile)) as cursor:
        await cursor.execute(SQL["pictures_of_request"], {"request_id": request_id, "limit": SHOWN})
        return await cursor.fetchall()


async def find_picture(
    connection: AsyncConnection, project_id: UUID, sha256: bytes
) -> KeptFile | None:
    """A picture that the project got, by its contents."""
    async with connection.cursor(row_factory=class_row(KeptFile)) as cursor:
        await cursor.execute(
            SQL["picture_of_project"], {"project_id": project_id, "sha256": sha256}
        )
        return await cursor.fetchone()


async def has_pictures(connection: AsyncConnection, request_id: UUID) -> bool:
    """Whether pictures came with a request."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["has_pictures"], {"request_id": request_id})
        return bool(await cursor.fetchone())


async def papers_of(connection: AsyncConnection, request_id: UUID) -> list[KeptPaper]:
    """The papers that came with a request."""
    async with connection.cursor(row_factory=class_row(KeptPaper)) as cursor:
        await cursor.execute(SQL["papers_of_request"], {"request_id": request_id, "limit": SHOWN})
        return await cursor.fetchall()


async def papers_besides(
    connection: AsyncConnection, project_id: UUID, request_id: UUID
) -> list[KeptPaper]:
    """The papers among a project's files, the newest first, without those of a request."""
    values = {"project_id": project_id, "request_id": request_id, "limit": SHOWN}
    async with connection.cursor(row_factory=class_row(KeptPaper)) as cursor:
        await cursor.execute(SQL["papers_of_project"], values)
        return await cursor.fetchall()


async def find_kept(
    connection: AsyncConnection, project_id: UUID, sha256: bytes
) -> KeptPaper | None:
    """A PDF that the project got, by its contents."""
    async with connection.cursor(row_factory=class_row(KeptPaper)) as cursor:
        await cursor.execute(SQL["kept_paper"], {"project_id": project_id, "sha256": sha256})
        return await cursor.fetchone()


async def find_paper(connection: AsyncConnection, project_id: UUID, sha256: bytes) -> bytes | None:
    """The bytes of a PDF that the project got, by their hash."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["paper_of_project"], {"project_id": project_id, "sha256": sha256})
        return await cursor.fetchone()


async def read_paper(connection: AsyncConnection, project_id: UUID, sha256: bytes) -> str:
    """What a PDF of the project says; "" where that is only to be seen."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["read_paper"], {"project_id": project_id, "sha256": sha256})
        return await cursor.fetchone() or ""
