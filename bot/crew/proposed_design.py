"""A design that the user was shown before anything was built by it: that is what they agreed to."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.builds.builds import Build
from telemetry.named_sql import statements

SQL = statements("bot.crew", "proposed_design.sql")

PROPOSED = "proposed"


async def proposed_design(connection: AsyncConnection, build: Build) -> str:
    """The design as its designer answered, as JSON; empty where none was shown or it came out."""
    key = {"project_id": build.project_id, "build_id": build.build_id}
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["proposed_design"], key)
        return await cursor.fetchone() or ""
