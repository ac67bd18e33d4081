"""One attempt to send a message: how it is claimed, and the ways in which it ends.

`attempts` is the fence: the job that claimed a row last is the only one whose writes count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.delivery.outbox import OutboxMessage
from bot.delivery.states import State
from telemetry.corrections import SpanPlace
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "attempts.sql")


@dataclass(frozen=True, kw_only=True)
class NoSlot:
    """Our number may send nothing more for now; there are slots again in `seconds`."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class _Claim:
    attempts: int | None
    wait: float


async def claim(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    as_template: bool = False,
    per_second: float = 0,
    longest_wait: float = 0,
) -> tuple[OutboxMessage, float] | NoSlot | None:
    """Take the message for one attempt, and a slot of the `per_second` that our number has.

    Returns the message as it is now and the seconds until its slot; None if another sender was
    faster; `NoSlot` if the slot would come later than in `longest_wait` seconds.
    """
    async with connection.cursor(row_factory=class_row(_Claim)) as cursor:
        await cursor.execute(
            SQL["claim"],
            {
                "id": message.id,
                "state": message.state,
                "attempts": message.attempts,
                "as_template": as_template,
                "per_second": per_second,
                "longest_wait": longest_wait,
            },
        )
        claimed = await cursor.fetchone()
    if claimed is None:
        return None
    if claimed.attempts is None:
        return NoSlot(seconds=claimed.wait)
    now = replace(
        message,
        state="sending",
        attempts=claimed.attempts,
        as_template=as_template,
        idle_seconds=0.0,
    )
    return now, claimed.wait


async def note_accepted(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    provider_sid: str,
    status: str,
    span: SpanPlace | None = None,
) -> State | None:
    """Note that Twilio has the message; returns its state, None if the claim was lost meanwhile.

    `span` is where the attempt stands in the trace, for who hears what became of it.
    """
    async with connection.cursor(row_factory=scalar_row) as cursor:
        if span is not None:  # committed by itself: callbacks lock the sid before the row
            place = {"span_id": span.span_id, "began_at": span.began_at}
            fence = {"id": message.id, "attempts": message.attempts}
            await cursor.execute(SQL["note_span"], {**place, **fence})
        await cursor.execute(
            SQL["note_accepted"],
            {
                "id": message.id,
                "attempts": message.attempts,
                "provider_sid": provider_sid,
                "status": status,
            },
        )
        state: State | None = await cursor.fetchone()
        return state


async def find_claimed_sids(connection: AsyncConnection, provider_sids: Sequence[str]) -> set[str]:
    """Return those of Twilio's ids that belong to a message of ours already."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_claimed_sids"], {"provider_sids": list(provider_sids)})
        return set(await cursor.fetchall())


async def postpone(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    state: Literal["queued", "uncertain", "waiting_for_window"],
    seconds: float,
    error_code: int | None = None,
    error_message: str | None = None,
) -> None:
    """Let the message wait in `state`, and schedule the recipient's sender for then."""
    await connection.execute(
        SQL["postpone"],
        {
            "id": message.id,
            "attempts": message.attempts,
            "state": state,
            "seconds": seconds,
            "error_code": error_code,
            "error_message": error_message,
        },
    )


async def let_pass(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    seconds: float,
    error_code: int | None,
    error_message: str,
) -> None:
    """Let a refused message wait, with its later parts, while those behind it are sent."""
    await connection.execute(
        SQL["let_pass"],
        {
            "id": message.id,
            "attempts": message.attempts,
            "seconds": seconds,
            "error_code": error_code,
            "error_message": error_message,
        },
    )


async def fail(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    error_code: int | None,
    error_message: str,
    may_pass: bool,
    may_be_out: bool = False,
) -> None:
    """Give the message up; it stays visible with the reason.

    What matters is owed from then on where the reason `may_pass`; what `may_be_out` is looked for
    at Twilio before it is sent again.
    """
    await _finish_attempt(
        connection,
        "fail",
        message,
        error_code,
        error_message,
        may_pass=may_pass,
        may_be_out=may_be_out,
    )


async def put_back(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    error_code: int | None,
    error_message: str,
) -> None:
    """Queue a claimed message again without a job: the end of the halt wakes the senders."""
    await _finish_attempt(connection, "put_back", message, error_code, error_message)


async def hold_back(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    error_code: int | None = None,
    error_message: str | None = None,
) -> None:
    """Let the message wait until its recipient writes."""
    await _finish_attempt(connection, "hold_back", message, error_code, error_message)


async def suppress(
    connection: AsyncConnection,
    message: OutboxMessage,
    *,
    error_code: int | None = None,
    error_message: str | None = None,
) -> None:
    """End the message unsent, because its recipient does not want it."""
    await _finish_attempt(connection, "suppress", message, error_code, error_message)


async def _finish_attempt(
    connection: AsyncConnection,
    statement: str,
    message: OutboxMessage,
    error_code: int | None,
    error_message: str | None,
    **more: bool,
) -> None:
    await connection.execute(
        SQL[statement],
        {
            **more,
            "id": message.id,
            "attempts": message.attempts,
            "error_code": error_code,
            "error_message": error_message,
        },
    )
