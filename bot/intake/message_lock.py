"""Whether a message is still to be acted upon: not if it was already, nor if a stop came after it.

A stop supersedes the messages before it. So what follows from a message is decided in a transaction
that begins here: one at a time for each user, and only if the message still counts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from bot.errors import MessageSuperseded
from bot.intake.incoming import Incoming
from bot.requests.lifecycle import end_work
from bot.requests.states import RequestType, WorkEnd
from telemetry.named_sql import statements

SQL = statements("bot.intake", "message_lock.sql")


@dataclass(frozen=True, kw_only=True)
class _Standing:
    is_open: bool
    is_stopped: bool


@asynccontextmanager
async def handling(
    pool: AsyncConnectionPool[AsyncConnection], incoming: Incoming, *, superseded: bool = True
) -> AsyncIterator[AsyncConnection]:
    """The transaction in which it is decided what follows from the message.

    Raises `MessageSuperseded` if nothing does. A message that was said before a stop ends so,
    without a word, unless it is one that is not `superseded` by a stop.
    """
    async with pool.connection() as connection:
        async with connection.transaction():
            counts = await _counts(connection, incoming, superseded=superseded)
            if counts:
                yield connection
        if not counts:
            raise MessageSuperseded


async def ensure_pending(pool: AsyncConnectionPool[AsyncConnection], incoming: Incoming) -> None:
    """Raise `MessageSuperseded` if nothing follows from the message any more."""
    async with handling(pool, incoming):
        return


async def _counts(connection: AsyncConnection, incoming: Incoming, *, superseded: bool) -> bool:
    await lock_reading(connection, incoming.user_id)
    async with connection.cursor(row_factory=class_row(_Standing)) as cursor:
        await cursor.execute(SQL["find_standing"], {"request_id": incoming.request_id})
        standing = await cursor.fetchone()
    if standing is None or not standing.is_open:
        return False
    if superseded and standing.is_stopped:
        await end_work(
            connection, incoming.request_id, WorkEnd.STOPPED, request_type=RequestType.UNREAD
        )
        return False
    return True


async def lock_reading(connection: AsyncConnection, user_id: str) -> None:
    """Let one transaction at a time decide about the user; taken before anything else."""
    await connection.execute(SQL["lock_reading"], {"user_id": user_id})


async def note_stop(connection: AsyncConnection, incoming: Incoming) -> None:
    """Let nothing begin that the user said before this message."""
    await connection.execute(SQL["note_stop"], {"request_id": incoming.request_id})
