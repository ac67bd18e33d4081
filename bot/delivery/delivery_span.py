"""Corrects the span of a message in its trace when Twilio says what became of that.

Whoever hears it does so, web process or worker, in the order in which it is heard: what has arrived
stays so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row

from telemetry.context import bound
from telemetry.corrections import SpanPlace, link_to, tell_again
from telemetry.named_sql import statements
from telemetry.privacy import redact
from telemetry.root import Root

SQL = statements("bot.delivery", "delivery_span.sql")

_ENDS = {
    "delivered": "delivered",
    "read": "delivered",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    trace_id: str
    root_span_id: str
    accepted_at: datetime
    user_id: str
    request_id: UUID
    project_id: UUID | None
    conversation_id: UUID
    kind: str
    part: int
    parts: int
    span_id: str | None  # None where it is told already, or nothing was traced
    began_at: datetime | None  # by the sender's clock
    elapsed: timedelta | None  # since then, by the database's


def correct_delivery_span(
    connection: Connection, sid: str, status: str, code: int | None, words: str | None
) -> None:
    """Emit the span of a message again, if `status` is news of its end; `words` are the error's.

    The span that runs here is linked to the message's request.
    """
    with connection.cursor(row_factory=class_row(_Attempt)) as cursor:
        cursor.execute(SQL["note_end"], _parameters(sid, status))
        _correct(cursor.fetchone(), status, code, words)


async def correct_delivery_span_async(
    connection: AsyncConnection, sid: str, status: str, code: int | None, words: str | None
) -> None:
    """As `correct_delivery_span`."""
    async with connection.cursor(row_factory=class_row(_Attempt)) as cursor:
        await cursor.execute(SQL["note_end"], _parameters(sid, status))
        _correct(await cursor.fetchone(), status, code, words)


def _parameters(sid: str, status: str) -> dict[str, str | None]:
    return {"provider_sid": sid, "end": _ENDS.get(status)}


def _correct(attempt: _Attempt | None, status: str, code: int | None, words: str | None) -> None:
    if attempt is None:
        return
    request = Root(
        trace_id=attempt.trace_id, span_id=attempt.root_span_id, started_at=attempt.accepted_at
    )
    link_to(request)
    if attempt.span_id is None or attempt.began_at is None or attempt.elapsed is None:
        return
    end = _ENDS[status]
    with bound(
        user_id=attempt.user_id,
        request_id=str(attempt.request_id),
        project_id=str(attempt.project_id) if attempt.project_id else None,
        conversation_id=str(attempt.conversation_id),
    ):
        tell_again(
            SpanPlace(span_id=attempt.span_id, began_at=attempt.began_at),
            elapsed=attempt.elapsed,
            below=request,
            name="delivery",
            message=f"delivery:{attempt.kind}",
            attributes={
                "kind": attempt.kind,
                "part": attempt.part,
                "parts": attempt.parts,
                "delivery_status": end,
                "error_code": code,
                "error_message": redact(words) if words else None,
            },
            error="the message failed" if end == "failed" else None,
        )
