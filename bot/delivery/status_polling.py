"""Asks Twilio what became of messages whose callbacks did not come.

For a day again and again; after that once more, for a callback that came while nobody was there.
"""

import logging
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from bot.delivery import status
from bot.twilio.client import TwilioGateway
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "status_polling.sql")

AFTER_SECONDS = 300.0  # callbacks are seldom later
FOR_SECONDS = 86_400.0  # phones that are off for longer are no news
AT_ONCE = 100  # messages

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Unconfirmed:
    provider_sid: str
    is_late: bool


async def ask_after_sent(
    pool: AsyncConnectionPool[AsyncConnection],
    twilio: TwilioGateway,
    *,
    after: float = AFTER_SECONDS,
) -> int:
    """Bring messages up to date that were sent more than `after` seconds ago and never confirmed.

    Holds no connection while Twilio is asked. Returns how many have changed.
    """
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(_Unconfirmed)) as cursor,
    ):
        await cursor.execute(
            SQL["find_unconfirmed"], {"after": after, "within": FOR_SECONDS, "limit": AT_ONCE}
        )
        messages = await cursor.fetchall()
    changed = 0
    for message in messages:
        known = await twilio.fetch_status(message.provider_sid)
        if known is None or known.status not in status.KNOWN:
            continue
        async with pool.connection() as connection:
            if message.is_late:
                await connection.execute(
                    SQL["note_asked_late"], {"provider_sid": message.provider_sid}
                )
            changed += await status.apply_known(connection, message.provider_sid, known)
    if changed:
        log.info("%s messages had changed without a callback", changed)
    return changed
