"""A user's projects with their numbers, and which of them is meant when none is named."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.languages.normalize import number_in
from telemetry.named_sql import statements

SQL = statements("bot.projects", "project_list.sql")


@dataclass(frozen=True, kw_only=True)
class ListedProject:
    """A project as its user finds it; `current_version` is None until something is published."""

    number: int
    project_id: UUID
    title: str
    site_token: str
    current_version: int | None
    is_being_built: bool


async def list_numbered(connection: AsyncConnection, user_id: str) -> list[ListedProject]:
    """A user's projects by number."""
    async with connection.cursor(row_factory=class_row(ListedProject)) as cursor:
        await cursor.execute(SQL["list_projects_to_show"], {"user_id": user_id})
        return await cursor.fetchall()


def find_listed(listed: list[ListedProject], named: str) -> ListedProject | None:
    """The project of that number or title, None if there is no such or there are several."""
    number = number_in(named)
    numbered = next((one for one in listed if one.number == number), None)
    if numbered is not None:
        return numbered
    titled = [one for one in listed if one.title.casefold() == named.casefold()]
    return titled[0] if len(titled) == 1 else None


async def open_project(connection: AsyncConnection, user_id: str, project_id: UUID) -> None:
    """Let this project be the one that the user means; nothing happens if it is not theirs."""
    await connection.execute(SQL["open_project"], {"user_id": user_id, "project_id": project_id})
