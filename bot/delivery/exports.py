"""Exports: zip files, kept where pictures for users are, each with a link of its own.

WhatsApp takes no zip file as a document, only PDF, Word, Excel, PowerPoint and plain text, so the
link stands in the message and is followed by who reads it, not by Twilio:
https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages#supported-mime-types and
https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
"""

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row

from bot.delivery.media import Media
from bot.sites.short_links import make_export_name
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "exports.sql")

LINK_SECONDS = 86_400  # as long as the links to what visitors left


async def keep_export(connection: AsyncConnection, user_id: str, export: Media) -> str:
    """Keep an export for a user; returns the name in its link."""
    name = make_export_name()
    await connection.execute(
        SQL["keep_export"],
        {
            "user_id": user_id,
            "file_name": export.file_name,
            "content_type": export.content_type,
            "content": export.content,
            "link_name": name,
        },
    )
    return name


def find_export(connection: Connection, name: str) -> Media | None:
    """Return the export that a link leads to, None if there is none or the link has expired."""
    with connection.cursor(row_factory=class_row(Media)) as cursor:
        cursor.execute(SQL["find_export"], {"link_name": name, "seconds": LINK_SECONDS})
        return cursor.fetchone()
