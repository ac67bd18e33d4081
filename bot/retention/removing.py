"""Removes what is older than the settings say, in small steps.

Each step is a transaction of its own that an index leads to the oldest rows. One that a crash cut
off is done again, and two workers skip each other's rows.
"""

from datetime import datetime

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from telemetry.named_sql import statements

SQL = statements("bot.retention", "removing.sql")

ROWS_A_STEP = 500
STEPS_A_RUN = 200  # what is left then is for the next run


async def remove_older(
    pool: AsyncConnectionPool[AsyncConnection],
    kind: str,
    *,
    before: datetime,
    rows_a_step: int = ROWS_A_STEP,
    steps: int = STEPS_A_RUN,
) -> int:
    """Remove what of a kind is older and not needed any more; returns how many rows."""
    removed = 0
    for _ in range(steps):
        async with pool.connection() as connection:
            cursor = await connection.execute(
                SQL[f"remove_{kind}"], {"before": before, "limit": rows_a_step}
            )
            # A statement that looks through projects tells of each how much was removed.
            counts = await cursor.fetchall() if cursor.description else [(cursor.rowcount,)]
        removed += sum(count for (count,) in counts)
        if not cursor.rowcount:
            break
    return removed
