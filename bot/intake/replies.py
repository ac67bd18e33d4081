"""The one way to answer a message: say something about it, and end its request.

And what its user was told last, where the answer depends on that.
"""

from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.delivery.media import StoredMedia
from bot.delivery.outbox import enqueue
from bot.intake.incoming import Incoming
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Choice
from bot.requests.lifecycle import end_work
from bot.requests.states import RequestType, WorkEnd
from telemetry.named_sql import statements

SQL = statements("bot.intake", "replies.sql")


async def say(
    connection: AsyncConnection,
    incoming: Incoming,
    sentence: str,
    *,
    kind: MessageKind = MessageKind.REPLY,
    choices: Sequence[Choice] = (),
    media: StoredMedia | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Say one thing to the message's user; nothing where the same was said by that key."""
    await enqueue(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        kind=kind,
        body=sentence,
        choices=choices,
        media=media,
        dedupe_key=dedupe_key,
    )


async def was_just_told(connection: AsyncConnection, incoming: Incoming, kind: MessageKind) -> bool:
    """Whether the last thing that the message's user heard, within a minute, was of that kind."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["was_just_told"], {"user_id": incoming.user_id, "kind": kind})
        return bool(await cursor.fetchone())


async def was_warned(connection: AsyncConnection, incoming: Incoming) -> bool:
    """Whether the user has just heard that nothing runs, and what a second stop means."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        values = {"user_id": incoming.user_id, "request_id": incoming.request_id}
        await cursor.execute(SQL["was_warned"], values)
        return bool(await cursor.fetchone())


async def finish(
    connection: AsyncConnection,
    incoming: Incoming,
    request_type: RequestType,
    *,
    end: WorkEnd = WorkEnd.COMPLETED,
) -> None:
    """End the request; what was to be said is said."""
    await end_work(connection, incoming.request_id, end, request_type=request_type)


async def reply(
    connection: AsyncConnection,
    incoming: Incoming,
    sentence: str,
    request_type: RequestType,
    *,
    end: WorkEnd = WorkEnd.COMPLETED,
) -> None:
    """Say one thing and end the request."""
    await say(connection, incoming, sentence)
    await finish(connection, incoming, request_type, end=end)
