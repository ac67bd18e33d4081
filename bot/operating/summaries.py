"""One request, or one user, as operators ask about it: how it stands, without anybody's words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from bot.delivery.listing import DeliveryRow, list_deliveries
from bot.errors import NotFound
from telemetry.named_sql import statements

SQL = statements("bot.operating", "summaries.sql")

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class RequestHead:
    """A request and the build that was last worked on for it; costs in USD."""

    request_id: UUID
    trace_id: str
    user_id: str
    project_id: UUID | None
    title: str | None
    request_type: str | None
    request_length: int
    status: str
    accepted_at: datetime
    work_ended_at: datetime | None
    closed_at: datetime | None
    phase: str | None
    attempts: int | None
    failure: str | None
    calls: int
    tokens: int
    known_cost_usd: Decimal
    unpriced_calls: int


@dataclass(frozen=True, kw_only=True)
class RequestSummary:
    """A request with the messages that were written for it, newest first."""

    request: RequestHead
    messages: list[DeliveryRow]


@dataclass(frozen=True, kw_only=True)
class UserHead:
    """A user; what is spent and by how much it is raised are of today (UTC), in USD."""

    user_id: str
    language: str | None
    first_inbound_at: datetime
    last_inbound_at: datetime
    window_is_closed: bool
    suppressed_reason: str | None
    projects: int
    spent_usd: Decimal
    raised_usd: Decimal


@dataclass(frozen=True, kw_only=True)
class UserRequest:
    """One of a user's requests."""

    request_id: UUID
    request_type: str | None
    status: str
    title: str | None
    accepted_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class UserSummary:
    """A user with their latest requests."""

    user: UserHead
    requests: list[UserRequest]


def read_request(connection: Connection, request_id: UUID, *, limit: int = 50) -> RequestSummary:
    """How a request stands. Raises `NotFound`."""
    heads = _rows(connection, "read_request", RequestHead, request_id=request_id)
    if not heads:
        raise NotFound
    return RequestSummary(
        request=heads[0],
        messages=list_deliveries(connection, request_id=request_id, limit=limit),
    )


def read_user(connection: Connection, user_id: str, *, limit: int = 10) -> UserSummary:
    """How a user stands. Raises `NotFound`."""
    heads = _rows(connection, "read_user", UserHead, user_id=user_id)
    if not heads:
        raise NotFound
    return UserSummary(
        user=heads[0],
        requests=_rows(connection, "list_requests", UserRequest, user_id=user_id, limit=limit),
    )


def _rows(connection: Connection, name: str, kind: type[Row], **values: object) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(SQL[name], values).fetchall()
