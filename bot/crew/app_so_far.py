"""What an app is and does already, for whoever plans a change: what exists is not planned again."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.builds.builds import Build
from bot.crew.standing_list import standing_list
from telemetry.named_sql import statements

SQL = statements("bot.crew", "app_so_far.sql")

APP = "app"


async def app_so_far(connection: AsyncConnection, build: Build) -> str:
    """In lines: what it is, what was made last, and what it was found to do; empty for a new app.

    By the builds that led to what is online, so nothing that was undone.
    """
    cursor = await connection.execute(SQL["find_app"], {"project_id": build.project_id})
    row = await cursor.fetchone()
    description, made_last = row if row is not None else (None, None)
    missing = await missing_facts(connection, build)
    lines = []
    if description:
        lines.append(f"What it is: {description}")
    if made_last:
        lines.append(f"What was made last, as the engineer told the user: {made_last}")
    if missing:
        lines.append(
            "Nobody had given it; unless a requirement or a paper does now, the page shows a gap:"
            f" {'; '.join(missing)}"
        )
    tried = await standing_list(connection, build.project_id)
    if tried is not None:
        lines.append("What it does, and is tried again with each version:")
        lines += [f"- {one.criterion}" for one in tried.criteria]
    return "\n".join(lines)


async def missing_facts(connection: AsyncConnection, build: Build) -> list[str]:
    """The facts that nobody had given when what is online was planned; later words may have."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["missing_facts"], {"project_id": build.project_id})
        return await cursor.fetchall()
