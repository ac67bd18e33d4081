"""What time it is: the database says so, to all processes alike, whatever their own clocks show."""

from datetime import datetime

from psycopg import AsyncConnection, Connection
from psycopg.rows import scalar_row

from telemetry.named_sql import statements

SQL = statements("bot.database", "clock.sql")


async def database_time(connection: AsyncConnection) -> datetime:
    """The database's time; within a transaction, that of its beginning."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["tell_time"])
        now: datetime | None = await cursor.fetchone()
    assert now is not None
    return now


def database_time_blocking(connection: Connection) -> datetime:
    """The same, for code that blocks."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        now: datetime | None = cursor.execute(SQL["tell_time"]).fetchone()
    assert now is not None
    return now
