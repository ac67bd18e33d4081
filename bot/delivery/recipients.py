"""Who is sent anything: not who wants no messages, nor who has blocked us."""

from typing import Literal

from psycopg import AsyncConnection

from bot.database.together import Asked, value_of
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "recipients.sql")


async def suppress_contact(
    connection: AsyncConnection, user_id: str, reason: Literal["opted_out", "blocked"]
) -> None:
    """Send this user nothing more, also nothing that waits."""
    await connection.execute(SQL["suppress_contact"], {"user_id": user_id, "reason": reason})


async def accept_contact(connection: AsyncConnection, user_id: str) -> bool:
    """Send this user messages again; False if they were never without."""
    cursor = await connection.execute(SQL["accept_contact"], {"user_id": user_id})
    return cursor.rowcount > 0


def asked_for_opt_out(user_id: str) -> Asked[bool]:
    """Asks whether this user said that they want no messages."""
    return Asked(SQL["has_opted_out"], {"user_id": user_id}, value_of)
