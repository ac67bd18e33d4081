"""What runs, who waits, what the queues hold, and what is stopped: the whole at one look.

User ids, titles of apps, states and times; no address and no words of anyone's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from bot.delivery import circuit_breaker
from bot.delivery.circuit_breaker import Halt
from bot.operating.pauses import Pause, list_pauses
from telemetry.named_sql import statements

SQL = statements("bot.operating", "status.sql")

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """A build that runs or waits; `waits_for` is user, worker or nobody."""

    request_id: UUID
    user_id: str
    title: str
    phase: str
    agent_type: str | None
    waits_for: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class UnreadRow:
    """A user whose messages are not read yet."""

    user_id: str
    messages: int
    since: datetime


@dataclass(frozen=True, kw_only=True)
class MessagesRow:
    """Messages that are not out, or were given up within a day, by state."""

    state: str
    messages: int
    since: datetime


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """A queue's jobs: due now, due later, running, and failed ones that are kept."""

    queue: str
    due: int
    later: int
    running: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Status:
    """Everything at one look."""

    halt: Halt | None
    pauses: list[Pause]
    work: list[WorkRow]
    unread: list[UnreadRow]
    messages: list[MessagesRow]
    queues: list[QueueRow]


def read_status(connection: Connection, *, limit: int = 50) -> Status:
    """How it is now; of work and of unread messages the oldest."""
    with connection.transaction():
        return Status(
            halt=circuit_breaker.find(connection),
            pauses=list_pauses(connection),
            work=_rows(connection, SQL["list_work"], WorkRow, limit),
            unread=_rows(connection, SQL["list_unread"], UnreadRow, limit),
            messages=_rows(connection, SQL["count_messages"], MessagesRow, limit),
            queues=_rows(connection, SQL["count_jobs"], QueueRow, limit),
        )


def _rows(
    connection: Connection, statement: LiteralString, kind: type[Row], limit: int
) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(statement, {"limit": limit}).fetchall()
