"""The halt: Twilio does not accept our credentials, so nobody sends until it does again.

It is a row that every sender looks at, on every machine. A periodic task asks Twilio something
harmless; when that is answered, the halt ends and everybody's sender is woken.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row, scalar_row

from bot.delivery.idle_senders import wake_senders
from telemetry.named_sql import statements

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

    from bot.twilio.client import TwilioGateway

SQL = statements("bot.delivery", "circuit_breaker.sql")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Halt:
    """Since when nothing is sent, and why."""

    since: datetime
    error_code: int | None
    reason: str


async def begin(connection: AsyncConnection, *, error_code: int | None, reason: str) -> None:
    """Stop all sending; the first one to notice alerts the operators."""
    cursor = await connection.execute(
        SQL["begin_halt"], {"error_code": error_code, "reason": reason}
    )
    if cursor.rowcount:
        log.critical("nothing is sent any more until this is fixed: %s", reason)


def find(connection: Connection) -> Halt | None:
    """Read the halt, if there is one, for operators."""
    with connection.cursor(row_factory=class_row(Halt)) as cursor:
        return cursor.execute(SQL["find_halt"]).fetchone()


async def end_if_recovered(
    pool: "AsyncConnectionPool[AsyncConnection]", twilio: "TwilioGateway"
) -> bool:
    """End the halt if Twilio accepts our credentials; tells whether it ended now."""
    async with pool.connection() as connection, connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["is_halted"])
        halted: bool | None = await cursor.fetchone()
    if not halted or not await twilio.is_authorized():
        return False
    async with pool.connection() as connection:
        await connection.execute(SQL["end_halt"])
        await wake_senders(connection, idle_seconds=0)
    log.warning("Twilio accepts our credentials again: what waited is sent now")
    return True
