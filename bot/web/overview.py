"""What the console shows: user ids, states and times, no address and no text of anyone."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from bot.delivery.circuit_breaker import Halt
from bot.delivery.circuit_breaker import find as find_halt
from telemetry.named_sql import statements

LIMIT = 50  # rows of each list

SQL = statements("bot.web", "overview.sql")

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """A request whose last message is not out yet."""

    request_id: UUID
    user_id: str
    request_type: str | None
    request_length: int
    status: str
    accepted_at: datetime
    work_ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecentBuild:
    """The work on one request."""

    build_id: UUID
    request_id: UUID
    user_id: str
    workflow: str | None
    phase: str
    status: str
    attempts: int
    failure: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecentDelivery:
    """One part of a message to a user."""

    id: int
    request_id: UUID
    user_id: str
    kind: str
    part: int
    parts: int
    state: str
    attempts: int
    error_code: int | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FailedJob:
    """A job that will not be tried again by itself."""

    id: int
    queue_name: str
    task_name: str
    attempts: int
    failed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The four lists of the console, the latest first, and why nothing is sent if that is so."""

    halt: Halt | None
    open_requests: list[OpenRequest]
    builds: list[RecentBuild]
    deliveries: list[RecentDelivery]
    failed_jobs: list[FailedJob]


def read_overview(connection: Connection) -> Overview:
    """Read the lists as they are now."""
    return Overview(
        halt=find_halt(connection),
        open_requests=_rows(connection, SQL["list_open_requests"], OpenRequest),
        builds=_rows(connection, SQL["list_builds"], RecentBuild),
        deliveries=_rows(connection, SQL["list_deliveries"], RecentDelivery),
        failed_jobs=_rows(connection, SQL["list_failed_jobs"], FailedJob),
    )


def _rows(connection: Connection, statement: LiteralString, kind: type[Row]) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(statement, {"limit": LIMIT}).fetchall()
