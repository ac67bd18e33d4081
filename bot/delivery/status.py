"""What becomes of a sent message, as Twilio says: late, repeated and in any order."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection, Connection
from psycopg.rows import scalar_row
from psycopg.types.json import Jsonb

from bot.delivery.delivery_span import correct_delivery_span, correct_delivery_span_async
from bot.delivery.retry_policy import BACKOFFS
from bot.twilio.error_codes import ErrorClass, explain, late_verdict
from telemetry.named_sql import statements

if TYPE_CHECKING:
    from bot.twilio.client import KnownStatus

SQL = statements("bot.delivery", "status.sql")
KNOWN = frozenset(
    {
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "delivered",
        "read",
        "failed",
        "undelivered",
        "canceled",
    }
)

log = logging.getLogger(__name__)


def apply(connection: Connection, form: Mapping[str, str]) -> bool:
    """Bring the message's row up to date with a status callback; tells whether that changed it.

    A status that is older than what is known changes nothing, and neither does one that Twilio
    may invent one day. One that overtakes Twilio's answer to our sender is kept for it.
    """
    sid, status = form.get("MessageSid"), form.get("MessageStatus")
    if not sid or status not in KNOWN:
        log.info("ignored a status callback: %s", status)
        return False
    code = _error_code(form)
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(
            SQL["note_status"],
            _values(sid, status, code, form.get("ChannelStatusMessage")),
        )
        state: str | None = cursor.fetchone()
        if state is None:
            cursor.execute(SQL["note_late_arrival"], {"provider_sid": sid, "status": status})
            state = cursor.fetchone()
    if state == "failed":
        described = connection.execute(SQL["describe_message"], {"provider_sid": sid})
        _report_failure(described.fetchone(), code)
    if state is not None:
        words = explain(code, form.get("ChannelStatusMessage"))
        correct_delivery_span(connection, sid, status, code, words)
    return state is not None


async def apply_known(connection: AsyncConnection, sid: str, known: "KnownStatus") -> bool:
    """The same with one of the `KNOWN` that Twilio answers when it is asked about the message."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        values = _values(sid, known.status, known.error_code, None)
        await cursor.execute(SQL["note_status"], values)
        state: str | None = await cursor.fetchone()
    if state == "failed":
        described = await connection.execute(SQL["describe_message"], {"provider_sid": sid})
        _report_failure(await described.fetchone(), known.error_code)
    if state is not None:
        words = explain(known.error_code, None)
        await correct_delivery_span_async(connection, sid, known.status, known.error_code, words)
    return state is not None


def _values(
    sid: str, status: str, code: int | None, text: str | None
) -> dict[str, str | int | Jsonb | None]:
    """What the statement `note_status` needs to know; `text` is Twilio's, on the failure."""
    recovery = None if status == "canceled" else _recovery(code)
    return {
        "provider_sid": sid,
        "status": status,
        "error_code": code,
        "error_message": explain(code, text),
        "recovery": Jsonb(recovery) if recovery else None,
    }


def _recovery(code: int | None) -> dict[str, str | float] | None:
    """What can be done for a message that failed after all (see `recover_message` in SQL)."""
    match late_verdict(code):
        case ErrorClass.REFUSED | ErrorClass.PASSING | ErrorClass.MISCONFIGURED as verdict:
            backoff = BACKOFFS[verdict]
            return {
                "kind": "resend" if verdict is ErrorClass.REFUSED else "owe",
                "first": backoff.first,
                "longest": backoff.longest,
                "attempts": backoff.attempts,
            }
        case ErrorClass.WINDOW_CLOSED:
            return {"kind": "window"}
        case ErrorClass.UNWANTED:
            return {"kind": "suppress"}
        case _:
            return None


def _error_code(form: Mapping[str, str]) -> int | None:
    code = form.get("ErrorCode", "")
    return int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None


def _report_failure(message: tuple[Any, ...] | None, code: int | None) -> None:
    if message is not None:
        user_id, request_id, kind = message
        log.error(
            "a message was not delivered: %s of request %s to user %s, error %s (%s)",
            kind,
            request_id,
            user_id,
            code,
            explain(code, None) or "unknown",
        )
