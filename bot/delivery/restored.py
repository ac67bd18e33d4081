"""What becomes of messages that were pending in a backup, once it is restored."""

import psycopg

from telemetry.named_sql import statements

SQL = statements("bot.delivery", "outbox.sql")


def doubt_pending(database_url: str) -> int:
    """Let each sender look at Twilio before it sends what is pending; returns how many that are."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute(SQL["doubt_pending"]).fetchone()
    return int(row[0]) if row else 0
