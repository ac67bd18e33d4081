"""The outbox: messages as rows, from the transaction that causes them to their end.

queued → sending → sent → delivered → read; `uncertain` when nobody knows whether Twilio took the
message in, `failed` when it never will. `attempts` is the fence: whoever claimed a row last is the
only one whose writes count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.delivery.splitting import split
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "outbox.sql")

State = Literal["queued", "sending", "uncertain", "sent", "delivered", "read", "failed"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One part of a message that is still to be sent, with its recipient's encrypted address."""

    id: int
    user_id: str
    request_id: UUID
    kind: str
    part: int
    parts: int
    body: str
    state: State
    attempts: int
    created_at: datetime
    idle_seconds: float  # since the last attempt began, else since it was queued
    is_due: bool
    address_encrypted: bytes


async def enqueue(
    connection: AsyncConnection,
    *,
    user_id: str,
    request_id: UUID,
    kind: str,
    body: str,
    dedupe_key: str | None = None,
) -> bool:
    """Queue a message in the caller's transaction; a long one becomes several numbered parts.

    The same `dedupe_key` (the request's id and the kind, unless given) is queued once; False says
    that it was already. Raises `ValueError` for a body with nothing to read.
    """
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            SQL["enqueue_message"],
            {
                "user_id": user_id,
                "request_id": request_id,
                "kind": kind,
                "dedupe_key": dedupe_key or f"{request_id}:{kind}",
                "parts": split(body),
            },
        )
        return bool(await cursor.fetchone())


async def find_next(connection: AsyncConnection, user_id: str) -> Message | None:
    """Read the message that is to be sent to this person before all others."""
    async with connection.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(SQL["find_next"], {"user_id": user_id})
        return await cursor.fetchone()


async def is_one_on_its_way(connection: AsyncConnection, user_id: str, within: float) -> bool:
    """Tell whether Twilio still holds a message that it took in at most `within` seconds ago."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["count_on_their_way"], {"user_id": user_id, "within": within})
        return bool(await cursor.fetchone())


async def claim(connection: AsyncConnection, message: Message) -> Message | None:
    """Take the message for one attempt; returns it as it is now, None if another was faster."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            SQL["claim"],
            {"id": message.id, "state": message.state, "attempts": message.attempts},
        )
        attempts: int | None = await cursor.fetchone()
    if attempts is None:
        return None
    return replace(message, state="sending", attempts=attempts, idle_seconds=0.0)


async def note_accepted(
    connection: AsyncConnection, message: Message, *, provider_sid: str, status: str
) -> State | None:
    """Note that Twilio has the message; returns its state, None if the claim was lost meanwhile."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
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
    message: Message,
    *,
    state: Literal["queued", "uncertain"],
    seconds: float,
    error_code: int | None,
    error_message: str,
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


async def fail(
    connection: AsyncConnection, message: Message, *, error_code: int | None, error_message: str
) -> None:
    """Give the message up; it stays visible with the reason."""
    await connection.execute(
        SQL["fail"],
        {
            "id": message.id,
            "attempts": message.attempts,
            "error_code": error_code,
            "error_message": error_message,
        },
    )


async def find_ended_requests(connection: AsyncConnection, user_id: str) -> list[UUID]:
    """Return the person's requests whose work has ended but whose trace is still open."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_ended_requests"], {"user_id": user_id})
        return await cursor.fetchall()
