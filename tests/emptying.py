"""Empties the database of a running system, so that the next test finds it as after a start."""

import time

import psycopg
from psycopg import Connection, sql

# What a running worker registered, and what the migrations put there.
KEPT = {
    "procrastinate_workers", "sender_pace", "yoyo_lock", "_yoyo_log", "_yoyo_migration",
    "_yoyo_version",
}  # fmt: skip
LOCK_SECONDS = 5

BUSY = """
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs
        WHERE status = 'doing'
            OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))
    )
"""
TABLES = """
    SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname IN ('public', 'telemetry') AND NOT tablename = ANY(%s)
"""


def await_quiet(url: str, seconds: float) -> None:
    """Wait until no job runs or is due. Raises `TimeoutError` after `seconds`."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(BUSY).fetchone() == (True,):
            if time.monotonic() > deadline:
                raise TimeoutError("jobs are still running")
            time.sleep(0.02)


def empty_tables(url: str) -> None:
    """Delete all rows but those that every database starts with."""
    with psycopg.connect(url) as connection:
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        names = connection.execute(TABLES, [list(KEPT)]).fetchall()
        filled = [table for table in names if _has_rows(connection, table)]
        if filled:
            tables = sql.SQL(", ").join(sql.Identifier(*table) for table in filled)
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))


def _has_rows(connection: Connection, table: tuple[str, str]) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(*table))
    return connection.execute(query).fetchone() == (True,)
