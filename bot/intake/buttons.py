"""What a message means: a tapped button, an item picked from a list, or a typed choice.

A choice's id is what choosing it means, in the words that a user could have written.
"""

from dataclasses import replace

from psycopg import AsyncConnection

from bot.intake.incoming import Incoming
from bot.intake.payload import load_fields
from bot.intake.reading import Reading
from bot.messages.quick_replies import Offered, chosen
from bot.settings.groups import IdentitySettings

PAYLOADS = ("ButtonPayload", "ListId")


async def resolve_tap(reading: Reading) -> bool:
    """Put the words that the message stands for in its place."""
    offered = reading.dialogue.offered
    async with reading.services.pool.connection() as connection:
        meant = await _meaning(
            connection, reading.services.settings.identity, reading.incoming, offered
        )
    reading.incoming = replace(reading.incoming, body=meant)
    return False


async def _meaning(
    connection: AsyncConnection, keys: IdentitySettings, incoming: Incoming, offered: Offered | None
) -> str:
    """The words that the message stands for: mostly its own."""
    if incoming.is_tapped:
        fields = await load_fields(connection, keys, incoming.message_sid)
        payload = next((fields[name][0] for name in PAYLOADS if fields.get(name)), None)
        if payload:
            return payload
    return (offered and chosen(offered, incoming.body)) or incoming.body
