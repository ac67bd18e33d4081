"""The outbox: messages as rows, from the transaction that causes them to their end.

queued → sending → sent → delivered → read; `uncertain` when nobody knows whether Twilio took the
message in, `failed` when it never will, `suppressed` when it is to reach its recipient no more,
`waiting_for_window` when it can be sent only after they have written. From `sending` on it is a
matter of `bot.delivery.attempts` and `bot.delivery.status`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from bot.delivery.media import StoredMedia
from bot.delivery.splitting import LIMIT, split, utf16_length
from bot.delivery.states import State
from bot.languages.i18n import localized
from bot.markup.characters import sendable
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Choice, as_text, plain_choices
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "outbox.sql")


@dataclass(frozen=True, kw_only=True)
class OutboxMessage:
    """One part of a message that is still to be sent, and all that may stand in its way.

    `pause_seconds` are left until this user may be sent another message.
    """

    id: int
    user_id: str
    request_id: UUID
    kind: str
    part: int
    parts: int
    body: str
    choices: list[dict[str, str]] | None
    media_id: UUID | None
    state: State
    attempts: int
    as_template: bool
    created_at: datetime
    address_encrypted: bytes
    seen_at: datetime  # the database's time
    idle_seconds: float  # since the last attempt began, else since it was queued
    is_due: bool
    is_unwanted: bool
    window_is_closed: bool
    is_halted: bool
    pause_seconds: float
    is_one_on_its_way: bool


async def enqueue(
    connection: AsyncConnection,
    *,
    user_id: str,
    request_id: UUID,
    kind: MessageKind,
    body: str,
    dedupe_key: str | None = None,
    choices: Sequence[Choice] = (),
    media: StoredMedia | None = None,
) -> bool:
    """Queue a message in the caller's transaction; a long one becomes several numbered parts.

    `choices` can be tapped under the last part, and always be typed. A picture goes with the first
    part.

    The same `dedupe_key` (the request's id and the kind, unless given) is queued once; False says
    that it was already.
    Raises `ValueError` for a body with nothing to read, or choices that WhatsApp cannot show.
    Fixed sentences are said in the language that is spoken here.
    """
    offered = plain_choices(
        [replace(choice, title=sendable(localized(choice.title))) for choice in choices]
    )
    room = LIMIT - utf16_length(as_text("", offered)) if offered else LIMIT
    message = {
        "user_id": user_id,
        "request_id": request_id,
        "kind": kind,
        "dedupe_key": dedupe_key or f"{request_id}:{kind}",
        "parts": split(sendable(localized(body)), room),
        "choices": Jsonb(offered) if offered else None,
        "media_id": media.media_id if media else None,
    }
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["enqueue_message"], message)
        return bool(await cursor.fetchone())


async def find_next(
    connection: AsyncConnection,
    user_id: str,
    *,
    confirmation: float,
    pair_interval: float,
    has_template: bool,
) -> OutboxMessage | None:
    """Read the message that is to be sent to this user before all others.

    `confirmation` and `pair_interval` are seconds: how long Twilio may hold the former message
    before it no longer counts, and the least time between two messages.
    """
    async with connection.cursor(row_factory=class_row(OutboxMessage)) as cursor:
        await cursor.execute(
            SQL["find_next"],
            {
                "user_id": user_id,
                "confirmation": confirmation,
                "pair_interval": pair_interval,
                "has_template": has_template,
            },
        )
        return await cursor.fetchone()


async def wake_sender(connection: AsyncConnection, outbox_id: int) -> None:
    """Let the recipient's sender come for a message that let others pass, if it is due."""
    await connection.execute(SQL["wake_sender"], {"outbox_id": outbox_id})


async def withdraw(
    connection: AsyncConnection, user_id: str, request_ids: Collection[UUID]
) -> None:
    """Take back what these requests have to tell and has not been sent yet, and nothing else."""
    parameters = {"user_id": user_id, "request_ids": list(request_ids)}
    await connection.execute(SQL["unpack"], parameters)
    await connection.execute(SQL["withdraw"], parameters)
    await connection.execute(SQL["hasten"], parameters)


async def find_ended_requests(connection: AsyncConnection, user_id: str) -> list[UUID]:
    """Return the user's requests whose work has ended but whose trace is still open."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_ended_requests"], {"user_id": user_id})
        return await cursor.fetchall()
