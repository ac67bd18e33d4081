"""Finds files that users sent for those who are shown them."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from telemetry.named_sql import statements

SQL = statements("bot.attachments", "kept_files.sql")

SHOWN = 8  # pictures of a request that a model is shown, and papers


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


async def pictures_of(connection: AsyncConnection, request_id: UUID) -> list[KeptFile]:
    """The pictures that came with a request."""
    async with connection.cursor(row_factory=class_row(KeptFile)) as cursor:
        await cursor.execute(SQL["pictures_of_request"], {"request_id": request_id, "limit": SHOWN})
        return await cursor.fetchall()


async def find_picture(
    connection: AsyncConnection, project_id: UUID, sha256: bytes
) -> KeptFile | None:
    """A picture that the project got, by the hash of its contents."""
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


async def find_paper(
    connection: AsyncConnection, project_id: UUID, sha256: bytes
) -> KeptPaper | None:
    """What is known of a PDF that the project got, by the hash of its contents."""
    async with connection.cursor(row_factory=class_row(KeptPaper)) as cursor:
        await cursor.execute(SQL["kept_paper"], {"project_id": project_id, "sha256": sha256})
        return await cursor.fetchone()


async def load_paper(connection: AsyncConnection, project_id: UUID, sha256: bytes) -> bytes | None:
    """The contents of a PDF that the project got, by their hash."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["paper_of_project"], {"project_id": project_id, "sha256": sha256})
        return await cursor.fetchone()
