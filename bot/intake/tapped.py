"""Buttons of messages that are over, or never arrived: tapped, they do nothing and say so."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.builds.builds import AWAITS_ANSWER
from bot.intake.dialogue_state import replied_to
from bot.intake.incoming import Incoming
from bot.intake.reading import Reading
from bot.intake.replies import reply
from bot.messages import conversation_texts
from bot.requests.states import RequestType
from bot.settings.groups import IdentitySettings
from telemetry.named_sql import statements

SQL = statements("bot.intake", "tapped.sql")


async def is_stale(connection: AsyncConnection, keys: IdentitySettings, incoming: Incoming) -> bool:
    """Whether this is a tap below a message whose build is over, or that is somebody else's.

    False for what was typed, and for a tap that does not tell its message.
    """
    sid = tapped_message(keys, incoming)
    if sid is None:
        return False
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            SQL["find_tapped"],
            {"user_id": incoming.user_id, "sid": sid, "awaits": AWAITS_ANSWER},
        )
        return not await cursor.fetchone()


async def refuse_unseen(reading: Reading) -> bool:
    """Do nothing for a tap below a message that never reached its user: nobody can mean it."""
    incoming = reading.incoming
    sid = tapped_message(reading.services.settings.identity, incoming)
    if sid is None:
        return False
    async with reading.services.pool.connection() as connection:
        if not await _is_unseen(connection, incoming.user_id, sid):
            return False
    async with reading.handling() as connection:
        await reply(connection, incoming, conversation_texts.BUTTON_STALE, RequestType.COMMAND)
    return True


async def _is_unseen(connection: AsyncConnection, user_id: str, sid: str) -> bool:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_unseen"], {"user_id": user_id, "sid": sid})
        return bool(await cursor.fetchone())


def tapped_message(keys: IdentitySettings, incoming: Incoming) -> str | None:
    """Twilio's id of the message below which this was tapped; None if it was not, or is unknown."""
    return replied_to(keys, incoming) if incoming.is_tapped else None
