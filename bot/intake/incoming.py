"""A message that waits to be read."""

from dataclasses import dataclass, field
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.requests.identity import decrypt_fields
from bot.settings.groups import IdentitySettings
from telemetry.named_sql import statements

SQL = statements("bot.intake", "incoming.sql")

TAPPED = frozenset({"button", "interactive"})  # the types of messages that were not typed
TEXT = "text"  # the type of a message that was typed


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A message to read."""

    message_sid: str
    request_id: UUID
    user_id: str
    message_type: str
    body: str
    fields_encrypted: bytes = field(repr=False)  # all that Twilio sent with it

    def fields(self, keys: IdentitySettings) -> dict[str, list[str]]:
        """The webhook's fields, each with its values; none of a message whose retention is over."""
        encrypted = self.fields_encrypted
        return decrypt_fields(keys, encrypted) if encrypted else {}

    @property
    def is_named_file(self) -> bool:
        """Whether the body is no words of the user's but the name of a file."""
        return self.message_type == "document"

    @property
    def is_words(self) -> bool:
        """Whether it brings nothing but words, typed or tapped."""
        return self.message_type == TEXT or self.is_tapped

    @property
    def is_tapped(self) -> bool:
        """Whether a button was tapped, or an item picked from a list."""
        return self.message_type in TAPPED


async def load_incoming(connection: AsyncConnection, message_sid: str) -> Incoming | None:
    """The message, or None if it was forgotten."""
    async with connection.cursor(row_factory=class_row(Incoming)) as cursor:
        await cursor.execute(SQL["load_message"], {"message_sid": message_sid})
        return await cursor.fetchone()
