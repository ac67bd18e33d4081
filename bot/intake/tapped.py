"""Buttons of messages that are over: tapped late or twice, they do nothing and say so."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.builds.builds import AWAITS_ANSWER
from bot.intake.dialogue_state import replied_to
from bot.intake.incoming import Incoming
from bot.settings import Settings
from telemetry.named_sql import statements

SQL = statements("bot.intake", "tapped.sql")


async def is_stale(connection: AsyncConnection, settings: Settings, incoming: Incoming) -> bool:
    """Whether this is a tap below a message whose build is over, or that is somebody else's.

    False for what was typed, and for a tap that does not tell its message.
    """
    sid = await tapped_message(connection, settings, incoming)
    if sid is None:
        return False
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            SQL["find_tapped"],
            {"user_id": incoming.user_id, "sid": sid, "awaits": AWAITS_ANSWER},
        )
        return not await cursor.fetchone()


async def is_unseen(connection: AsyncConnection, settings: Settings, incoming: Incoming) -> bool:
    """Whether this is a tap below a message that never reached the user: nobody can mean it."""
    sid = await tapped_message(connection, settings, incoming)
    if sid is None:
        return False
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_unseen"], {"user_id": incoming.user_id, "sid": sid})
        return bool(await cursor.fetchone())


async def tapped_message(
    connection: AsyncConnection, settings: Settings, incoming: Incoming
) -> str | None:
    """Twilio's id of the message below which this was tapped; None if it was not, or is unknown."""
    return await replied_to(connection, settings, incoming) if incoming.is_tapped else None
