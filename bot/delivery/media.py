"""Pictures for users: kept here, fetched by Twilio over links that expire."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row, scalar_row

from bot.database.clock import database_time_blocking
from bot.settings.groups import IdentitySettings, WebSettings
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "media.sql")

LINK_SECONDS = 3600  # Twilio fetches at once; a user reads WhatsApp's copy
PICTURES = frozenset({"image/png", "image/jpeg"})
PICTURE_LIMIT = 5 * 2**20  # bytes
_PURPOSE = "media:"


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file for a user."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class StoredMedia:
    """A picture that was kept and can go with a message."""

    media_id: UUID


async def keep(connection: AsyncConnection, user_id: str, media: Media) -> StoredMedia:
    """Keep a picture for a message to a user. Raises `ValueError` if WhatsApp takes no such one."""
    if media.content_type not in PICTURES:
        raise ValueError(f"WhatsApp shows no {media.content_type} with a text")
    if not 0 < len(media.content) <= PICTURE_LIMIT:
        raise ValueError(f"a picture has 1 to {PICTURE_LIMIT} bytes")
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            SQL["keep_media"],
            {
                "user_id": user_id,
                "file_name": media.file_name,
                "content_type": media.content_type,
                "content": media.content,
            },
        )
        media_id: UUID | None = await cursor.fetchone()
    assert media_id is not None
    return StoredMedia(media_id=media_id)


def link(web: WebSettings, keys: IdentitySettings, media_id: UUID, *, now: datetime) -> str:
    """Where Twilio fetches the file in the hour from `now` on, which is the database's time."""
    named = f"{_PURPOSE}{media_id}".encode()
    token = _cipher(keys).encrypt_at_time(named, int(now.timestamp())).decode()
    return f"{web.public_base_url}/media/{token}"


def find(connection: Connection, keys: IdentitySettings, token: str) -> Media | None:
    """Return the file that a link leads to, None if it is not one of ours or has expired."""
    now = int(database_time_blocking(connection).timestamp())
    try:
        named = _cipher(keys).decrypt_at_time(token.encode(), LINK_SECONDS, now).decode()
        media_id = UUID(named.removeprefix(_PURPOSE)) if named.startswith(_PURPOSE) else None
    except (InvalidToken, ValueError):
        return None
    if media_id is None:
        return None
    with connection.cursor(row_factory=class_row(Media)) as cursor:
        return cursor.execute(SQL["find_media"], {"media_id": media_id}).fetchone()


def _cipher(keys: IdentitySettings) -> Fernet:
    return Fernet(keys.contact_key.get_secret_value())
