"""What operators have paused: the intake, or the sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.operating", "pauses.sql")

Pausable = Literal["intake", "sending"]


@dataclass(frozen=True, kw_only=True)
class Pause:
    """What is paused, since when, by whom and why."""

    what: Pausable
    since: datetime
    operator: str
    reason: str


def list_pauses(connection: Connection) -> list[Pause]:
    """What is paused now."""
    with connection.cursor(row_factory=class_row(Pause)) as cursor:
        return cursor.execute(SQL["list_pauses"]).fetchall()
