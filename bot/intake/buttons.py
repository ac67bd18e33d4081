"""A tapped button, a picked item or a typed choice becomes the words that it stands for.

These are the choice's id: words that a user could have written.
"""

from dataclasses import replace

from bot.intake.incoming import Incoming
from bot.intake.reading import Reading
from bot.messages.quick_replies import Offered, chosen
from bot.settings.groups import IdentitySettings

PAYLOADS = ("ButtonPayload", "ListId")


async def resolve_tap(reading: Reading) -> bool:
    """Put the words that the message stands for in its place."""
    offered = reading.dialogue.offered
    meant = _meaning(reading.services.settings.identity, reading.incoming, offered)
    reading.incoming = replace(reading.incoming, body=meant)
    return False


def _meaning(keys: IdentitySettings, incoming: Incoming, offered: Offered | None) -> str:
    """The words that the message stands for: mostly its own."""
    if incoming.is_tapped:
        fields = incoming.fields(keys)
        payload = next((fields[name][0] for name in PAYLOADS if fields.get(name)), None)
        if payload:
            return payload
    return (offered and chosen(offered, incoming.body)) or incoming.body
