"""Everything that Twilio sent with a message, as it was kept."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.requests.identity import decrypt_fields
from bot.settings.groups import IdentitySettings
from telemetry.named_sql import statements

SQL = statements("bot.intake", "payload.sql")


async def load_fields(
    connection: AsyncConnection, keys: IdentitySettings, message_sid: str
) -> dict[str, list[str]]:
    """The webhook's fields, each with its values; none of a message that was forgotten."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["load_fields"], {"message_sid": message_sid})
        encrypted: bytes | None = await cursor.fetchone()
    return decrypt_fields(keys, encrypted) if encrypted else {}
