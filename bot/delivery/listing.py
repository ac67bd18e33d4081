"""What was said to whom and where it is now, for operators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from bot.delivery.states import State
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "listing.sql")


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """One message's whereabouts; `body` only if it was asked for. Times are timezone-aware."""

    id: int
    user_id: str
    request_id: UUID
    kind: str
    part: int
    parts: int
    state: State
    provider_status: str | None
    attempts: int
    error_code: int | None
    error_message: str | None
    provider_sid: str | None
    created_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    not_before: datetime | None
    is_owed: bool  # given up for a reason that may pass: it is sent again
    body: str | None


def list_deliveries(
    connection: Connection,
    *,
    user_id: str | None = None,
    request_id: UUID | None = None,
    state: State | None = None,
    with_body: bool = False,
    limit: int = 50,
) -> list[DeliveryRow]:
    """Return the newest messages, newest first, of one user, request or state if given."""
    with connection.cursor(row_factory=class_row(DeliveryRow)) as cursor:
        cursor.execute(
            SQL["list_deliveries"],
            {
                "user_id": user_id,
                "request_id": request_id,
                "state": state,
                "with_body": with_body,
                "limit": limit,
            },
        )
        return cursor.fetchall()
