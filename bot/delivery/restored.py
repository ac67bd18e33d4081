"""What becomes of messages that were pending in a backup, once it is restored."""

import psycopg

from bot.database.connection import database_url
from bot.settings.groups import Settings
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "outbox.sql")


def doubt_pending(settings: Settings) -> int:
    """Let each sender look at Twilio before it sends what is pending; returns how many that are."""
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        row = connection.execute(SQL["doubt_pending"]).fetchone()
    return int(row[0]) if row else 0
