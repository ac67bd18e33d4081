"""Projects: the apps of a user, each with its number and its link."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.database.id_ranges import ids_beginning
from bot.database.together import Asked
from bot.sites.links import make_token
from telemetry.named_sql import statements

SQL = statements("bot.projects", "projects.sql")


@dataclass(frozen=True, kw_only=True)
class Project:
    """One app of one user; they call it by its `number`, which stays the same."""

    project_id: UUID
    user_id: str
    number: int
    title: str
    site_token: str
    current_version: int | None
    created_at: datetime
    updated_at: datetime


async def create_project(connection: AsyncConnection, *, user_id: str, title: str) -> Project:
    """Make a project without files."""
    async with connection.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(
            SQL["create_project"],
            {"user_id": user_id, "title": title, "site_token": make_token()},
        )
        (project,) = await cursor.fetchall()
        return project


async def list_projects(connection: AsyncConnection, user_id: str) -> list[Project]:
    """Return a user's projects: the one that they mean first, then the one worked on last."""
    async with connection.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(SQL["list_projects"], {"user_id": user_id})
        return await cursor.fetchall()


async def find_project_ids(connection: AsyncConnection, begins: str) -> list[UUID]:
    """The ids of projects that begin so; two at most, since then it is not clear which is meant."""
    if (bounds := ids_beginning(begins)) is None:
        return []
    first, last = bounds
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_project_ids"], {"first": first, "last": last})
        return await cursor.fetchall()


def asked_for_projects(user_id: str) -> Asked[Project]:
    """Asks what `list_projects` returns."""
    return Asked(SQL["list_projects"], {"user_id": user_id}, Project)
