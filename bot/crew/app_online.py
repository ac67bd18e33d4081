"""The app as it is online: its page as it was read and how it looked when it was tried last."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.checks.report import Report, Screen
from bot.crew.trials import views_by_screen
from telemetry.named_sql import statements

SQL = statements("bot.crew", "app_online.sql")

PAGE = "page"
OUTLINE_LIMIT = 6_000  # characters of the page


@dataclass(frozen=True, kw_only=True)
class AppOnline:
    """The `page` is for assistive technology; `views` are its pictures by their hashes.

    There is nothing of a new app and of an untried one, and pictures are kept for a while only.
    """

    page: str = ""
    views: Mapping[Screen, str] = field(default_factory=dict)


async def app_online(connection: AsyncConnection, build: Build) -> AppOnline:
    """What was seen of the version that the link shows, whichever build tried it."""
    cursor = await connection.execute(SQL["seen_online"], {"project_id": build.project_id})
    row = await cursor.fetchone()
    if row is None:
        return AppOnline()
    report, views = row
    page = Report.model_validate_json(report).outline[:OUTLINE_LIMIT]
    return AppOnline(page=page, views=views_by_screen(views))
