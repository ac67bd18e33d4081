"""Files that users sent: kept with their message, taken along by the request that they belong to.

From there they get into a project (`bot.attachments.placement`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.attachments.mentions import names_files
from telemetry.named_sql import statements

SQL = statements("bot.attachments", "storage.sql")

AWAITS_WORDS = timedelta(minutes=30)  # so long what came waits for words about it


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
        "within": AWAITS_WORDS,
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
        await cursor.execute(SQL["take_along"], {**belonging, "within": AWAITS_WORDS})
        paths: list[str] = await cursor.fetchall()
        if names_files(request_text):
            await cursor.execute(SQL["take_again"], belonging)
            paths += await cursor.fetchall()
        return paths


async def list_gone(connection: AsyncConnection, user_id: str, paths: list[str]) -> list[str]:
    """Which of the paths are of no file that the user sent and that is still kept."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["list_gone"], {"user_id": user_id, "paths": paths})
        return await cursor.fetchall()


async def leave_with_doubt(connection: AsyncConnection, request_id: UUID) -> None:
    """Let no later request take along what came with the doubtful message, unless it names it.

    So where that was said before this request.
    """
    await connection.execute(SQL["leave_with_doubt"], {"request_id": request_id})
