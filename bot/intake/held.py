"""What an operator's pause of the intake holds back: messages that are in, and not read.

A conversation job that finds the intake paused moves to a queue that no worker takes, where it
keeps its place before the user's later ones. A stop that is written, also of all messages, is read
all the same: nobody's pause keeps a user from ending what is built for them. One that is said in a
voice note is not known as a stop before it is heard, so it is held.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.database.together import Asked, value_of
from bot.delivery.outbox import enqueue
from bot.languages.i18n import use_locale
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from telemetry.named_sql import statements

SQL = statements("bot.intake", "held.sql")

HELD_QUEUE = "held"
TELL_AFTER_SECONDS = 60.0
LONG_SECONDS = 900.0  # after which the log says that something is still paused

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A user with an unread message, and by which key they are told of it once."""

    user_id: str
    request_id: UUID
    language: str | None
    dedupe_key: str


def asked_whether_paused() -> Asked[bool]:
    """Asks whether an operator has paused the intake."""
    return Asked(SQL["is_intake_paused"], {}, value_of)


async def release_held(connection: AsyncConnection) -> int:
    """Let workers take what was held, unless the intake is paused; returns how many jobs."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["release_held"], {"queue": HELD_QUEUE})
        return int(await cursor.fetchone() or 0)


async def look_after_pauses(connection: AsyncConnection) -> int:
    """Tell users who wait for a minute that they are read later, and release what was left behind.

    A job that had seen the pause is left behind where it moved only after the end of that. Returns
    how many users were told and jobs released.
    """
    long = await connection.execute(SQL["list_long"], {"seconds": LONG_SECONDS})
    for what, minutes in await long.fetchall():
        log.warning("the %s is paused by an operator since %.0f minutes", what, minutes)
    return await _tell_waiting(connection) + await release_held(connection)


async def _tell_waiting(connection: AsyncConnection) -> int:
    """Say it once a pause to each user; whom nothing can be sent now, nothing is said."""
    async with connection.cursor(row_factory=class_row(_Waiting)) as cursor:
        await cursor.execute(SQL["list_held"], {"seconds": TELL_AFTER_SECONDS})
        waiting = await cursor.fetchall()
    told = 0
    for one in waiting:
        with use_locale(one.language):
            told += await enqueue(
                connection,
                user_id=one.user_id,
                request_id=one.request_id,
                kind=MessageKind.UNREAD,
                body=conversation_texts.INTAKE_PAUSED,
                dedupe_key=one.dedupe_key,
            )
    return told
