"""What tells that the database is away just now, and what must be stored nevertheless."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import ReadOnlySqlTransaction

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

# It does not answer, a pool finds no connection to it, or it takes no writes, as a stand-by or one
# whose disk is nearly full. A deadlock is among it. All of it passes.
OUTAGE = (OperationalError, ReadOnlySqlTransaction)

BETWEEN_TRIES = 1.0  # seconds
PATIENCE = 60.0  # seconds


async def outlasting(
    pool: "AsyncConnectionPool[AsyncConnection]",
    work: Callable[[AsyncConnection], Awaitable[None]],
) -> None:
    """Do `work`, one statement, again while the database is away, for at most `PATIENCE`.

    The answer to it can be lost, so `work` may be done twice. Raises what it last met.
    """
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            async with pool.connection() as connection:
                await work(connection)
            return
        except OUTAGE:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(BETWEEN_TRIES)
