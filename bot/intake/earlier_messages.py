"""What a user said before a message and nobody has read yet; a message may overtake it."""

import asyncio

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from telemetry.named_sql import statements

SQL = statements("bot.intake", "earlier_messages.sql")

MOMENT = 0.8  # seconds that what only tells something gives to the messages before it


async def await_earlier(pool: AsyncConnectionPool[AsyncConnection], message_sid: str) -> None:
    """Wait until no earlier message of the user is unread, for at most `MOMENT`."""
    deadline = asyncio.get_running_loop().time() + MOMENT
    while asyncio.get_running_loop().time() < deadline:
        async with pool.connection() as connection:
            if not await is_earlier_unread(connection, message_sid):
                return
        await asyncio.sleep(MOMENT / 8)


async def is_earlier_unread(connection: AsyncConnection, message_sid: str) -> bool:
    """Whether an earlier message of the user is not read yet."""
    cursor = await connection.execute(SQL["is_its_turn"], {"message_sid": message_sid})
    return await cursor.fetchone() is None
