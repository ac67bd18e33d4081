"""Keeps records for as many days as the settings say, and makes room for tomorrow's."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta

from psycopg import AsyncConnection, errors, sql
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("telemetry.store", "store.sql")

DAYS_AHEAD = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of one table."""

    name: str
    day: date


async def keep_days(connection: AsyncConnection, *, today: date, retention_days: int) -> list[str]:
    """Remove the days that are older than `retention_days` and return their partitions' names.

    One that is being read gives way to the reading and is removed the next time.
    """
    for ahead in range(DAYS_AHEAD + 1):
        await connection.execute(SQL["make_day"], {"day": today + timedelta(days=ahead)})
    async with connection.cursor(row_factory=class_row(Day)) as cursor:
        await cursor.execute(SQL["list_days"])
        days = await cursor.fetchall()
    oldest = today - timedelta(days=retention_days)
    return [day.name for day in days if day.day < oldest and await _remove(connection, day)]


async def _remove(connection: AsyncConnection, day: Day) -> bool:
    statement = sql.SQL(SQL["drop_day"]).format(partition=sql.Identifier("telemetry", day.name))
    try:
        async with connection.transaction():
            await connection.execute(SQL["wait_little"])
            await connection.execute(statement)
    except errors.LockNotAvailable:
        log.info("%s is being read and stays for now", day.name)
        return False
    return True
