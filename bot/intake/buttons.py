"""What a message means: a tapped button, an item picked from a list, or a typed choice.

A choice's id is what choosing it means, in the words that a user could have written.
"""

from dataclasses import replace

from psycopg import AsyncConnection

from bot.intake.incoming import Incoming
from bot.intake.payload import load_fields
from bot.intake.reading import Reading
from bot.messages.quick_replies import chosen, last_offered
from bot.settings import Settings

TAPPED = frozenset({"button", "interactive"})
PAYLOADS = ("ButtonPayload", "ListId")


async def resolve_tap(reading: Reading) -> bool:
    """Put the words that the message stands for in its place."""
    async with reading.services.pool.connection() as connection:
        meant = await _meaning(connection, reading.services.settings, reading.incoming)
    reading.incoming = replace(reading.incoming, body=meant)
    return False


async def _meaning(connection: AsyncConnection, settings: Settings, incoming: Incoming) -> str:
    """The words that the message stands for: mostly its own."""
    if incoming.message_type in TAPPED:
        fields = await load_fields(connection, settings, incoming.message_sid)
        payload = next((fields[name][0] for name in PAYLOADS if fields.get(name)), None)
        if payload:
            return payload
    offered = await last_offered(connection, incoming.user_id)
    return (offered and chosen(offered, incoming.body)) or incoming.body
