"""How much data there is, by kind."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from bot.retention.kinds import KINDS, retention_of
from bot.settings.groups import RetentionSettings
from telemetry.named_sql import statements

SQL = statements("bot.retention", "measuring.sql")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A kind of data. `size_kb` (units of 1024 bytes) is its whole table's, with indexes."""

    kind: str
    size_kb: int
    rows: int
    oldest: datetime | None
    retention_days: int


def measure(connection: Connection, retention: RetentionSettings) -> list[Measured]:
    """Every kind, with what of it has not been removed yet."""
    return [_measured(connection, retention, kind) for kind in KINDS]


def _measured(connection: Connection, retention: RetentionSettings, kind: str) -> Measured:
    ((size, rows, oldest),) = connection.execute(SQL[f"measure_{kind}"]).fetchall()
    return Measured(
        kind=kind,
        size_kb=size // 1024,
        rows=rows,
        oldest=oldest,
        retention_days=retention_of(retention, kind).days,
    )
