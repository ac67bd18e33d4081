"""Users with something to send and no job for it: that got lost, or sending was halted."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from telemetry.named_sql import statements

SQL = statements("bot.delivery", "idle_senders.sql")


async def wake_senders(connection: AsyncConnection, *, idle_seconds: float) -> int:
    """Queue the sender's job for everyone whose messages are due so long and who has none.

    Also for whom a request ended so long ago and is open for no reason: the process that was to
    close it died, or nobody wants its last message any more. A job that waits since before the
    clock was set back is due now. Returns for how many users there was none.
    """
    await connection.execute(SQL["hasten_senders"])
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["wake_senders"], {"idle_seconds": idle_seconds})
        return int(await cursor.fetchone() or 0)
