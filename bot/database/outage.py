"""What must be stored although the database may be away just now."""

import asyncio
from collections.abc import Awaitable, Callable

from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool

BETWEEN_TRIES = 1.0  # seconds
PATIENCE = 60.0  # seconds


async def outlasting(
    pool: AsyncConnectionPool[AsyncConnection],
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
        except OperationalError:  # a pool that finds no connection says so, too
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(BETWEEN_TRIES)
