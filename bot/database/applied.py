"""What of our schema a database already has."""

from psycopg import Connection
from psycopg.rows import scalar_row

from bot.errors import DatabaseTooOld
from telemetry.named_sql import statements

SQL = statements("bot.database", "applied.sql")

BASELINE = "0001.baseline."  # what the ids of the first migration's files begin with


def applied_ids(connection: Connection) -> set[str]:
    """The ids of what was applied; none to an empty database.

    Raises `DatabaseTooOld` if it was migrated by a version from before the baseline.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        if not cursor.execute(SQL["has_record"]).fetchone():
            return set()
        ids = set(cursor.execute(SQL["applied_ids"]))
    if ids and not any(id.startswith(BASELINE) for id in ids):
        raise DatabaseTooOld
    return ids
