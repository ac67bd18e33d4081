"""Looks up what a published link shows."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from bot.sites.links import is_token
from bot.sites.paths import is_path
from telemetry.named_sql import statements

SQL = statements("bot.sites", "published_files.sql")


@dataclass(frozen=True, kw_only=True)
class SiteFile:
    """A file of a version; `is_pinned` says that this link will never show anything else."""

    project_id: UUID
    number: int
    path: str
    is_pinned: bool
    sha256: str
    content: bytes


def find_file(connection: Connection, token: str, path: str) -> SiteFile | None:
    """Return the file, or None for an unknown link, an unpublished project or another path."""
    if not (is_token(token) and is_path(path)):
        return None
    with connection.cursor(row_factory=class_row(SiteFile)) as cursor:
        cursor.execute(SQL["find_file"], {"token": token, "path": path})
        return cursor.fetchone()


def shares_data(connection: Connection, file: SiteFile) -> bool:
    """Whether visitors of the version that shows this file share data, in collections."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(SQL["shares_data"], {"project_id": file.project_id, "number": file.number})
        return bool(cursor.fetchone())
