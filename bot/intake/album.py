"""What is sent within a few seconds is one message: the photos of an album, and the words for them.

Each photo of an album comes as a message of its own, and one of them has the caption. So a message
that brings something waits for what follows, without a worker: a job reads it once more when its
time has come. What follows takes up what waits. The next photo then waits itself, so the last one
acts for all; words are acted upon at once. A caption where there is one already begins another
album. A command takes up nothing and waits for nothing. What its user was asked about goes on
waiting where words turn out to be mere talk.

What is read late, after a pause or an outage, waits until what came within its time is read. So an
album may be put behind what its user sent after it; that lets the album go first, once.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.attachments.mentions import mentions, without_mentions
from bot.attachments.storage import AWAITS_WORDS
from bot.intake.batching import whole_message
from bot.intake.incoming import Incoming
from bot.intake.reading import Reading
from bot.requests.closing import close_if_finished
from bot.requests.lifecycle import end_work
from bot.requests.states import RequestType, WorkEnd
from telemetry.named_sql import statements

SQL = statements("bot.intake", "album.sql")


@dataclass(frozen=True, kw_only=True)
class _Before:
    """A message that waits."""

    request_id: UUID
    is_open: bool  # its request; else its user was asked what it is for
    message_sid: str
    body: str  # of all messages of its request


@dataclass(frozen=True, kw_only=True)
class _Wait:
    """How long a message that brings something waits for more."""

    is_new: bool  # it is read for the first time
    is_early: bool  # the time has not come
    is_followed: bool  # others came within that time and are not read
    until: datetime


async def gather_album(reading: Reading) -> bool:
    """Take up what came shortly before; wait for more where the message itself brings something."""
    incoming = reading.incoming
    brings = not incoming.is_words and bool(mentions(incoming.body))
    if not brings and not reading.is_preceded:
        return False
    async with reading.handling() as connection:
        before = await _list_before(connection, incoming, is_words=not brings)
        if brings and without_mentions(incoming.body) and _have_words(before):
            await _read_first(connection, incoming, before)
            before = []
        patience = reading.services.settings.twilio.album_seconds if brings else 0.0
        waits = await _await_more(connection, reading, seconds=patience)
        await _take_up(connection, incoming, before)
        body = await whole_message(connection, reading)
    async with reading.services.pool.connection() as connection:
        for one in before:
            await close_if_finished(connection, one.request_id)
    reading.incoming = replace(incoming, body=body)
    reading.asked_about = {one.message_sid: one.request_id for one in before if not one.is_open}
    reading.is_joined = reading.is_joined or bool(before)
    reading.is_wordless = not without_mentions(body)
    return waits


async def wake_reader(connection: AsyncConnection, message_sid: str) -> None:
    """Have a message read whose time has come, unless it belongs to another one by now."""
    await connection.execute(SQL["wake_reader"], {"message_sid": message_sid})


async def read_again(connection: AsyncConnection, incoming: Incoming) -> None:
    """Have a message read behind what its user has sent since."""
    values = {"message_sid": incoming.message_sid, "user_id": incoming.user_id}
    await connection.execute(SQL["read_again"], values)


async def await_words(connection: AsyncConnection, request_id: UUID) -> None:
    """Let the words that come next belong to what a user was asked about."""
    await connection.execute(SQL["await_words"], {"request_id": request_id})


async def await_other_words(connection: AsyncConnection, asked_about: dict[str, UUID]) -> None:
    """Let messages go on waiting that were taken up by mere talk, as those of their requests."""
    for message_sid, request_id in asked_about.items():
        values = {"message_sid": message_sid, "request_id": request_id}
        await connection.execute(SQL["await_other_words"], values)


async def _list_before(
    connection: AsyncConnection, incoming: Incoming, *, is_words: bool
) -> list[_Before]:
    async with connection.cursor(row_factory=class_row(_Before)) as cursor:
        await cursor.execute(
            SQL["list_before"],
            {
                "message_sid": incoming.message_sid,
                "asked_within": AWAITS_WORDS,
                "is_words": is_words,
            },
        )
        return await cursor.fetchall()


def _have_words(before: list[_Before]) -> bool:
    return any(without_mentions(one.body) for one in before)


async def _read_first(
    connection: AsyncConnection, incoming: Incoming, before: list[_Before]
) -> None:
    """Have an album read before this message, which begins another one, and taken up by none."""
    requests = {"request_ids": [one.request_id for one in before]}
    await connection.execute(SQL["read_next"], {**requests, "user_id": incoming.user_id})
    await connection.execute(SQL["close_album"], {**requests, "message_sid": incoming.message_sid})


async def _await_more(connection: AsyncConnection, reading: Reading, *, seconds: float) -> bool:
    """Wait once: until the time has come and all that came meanwhile is read, and for what came
    before and was put behind.
    """
    incoming = reading.incoming
    this = {"message_sid": incoming.message_sid}
    async with connection.cursor(row_factory=class_row(_Wait)) as cursor:
        await cursor.execute(SQL["find_wait"], {**this, "seconds": seconds})
        wait = await cursor.fetchone()
    if wait is None:
        return False  # forgotten meanwhile
    user = {"user_id": incoming.user_id}
    # Jobs are queued before rows are changed: whoever takes a message in locks in that order.
    if wait.is_new and wait.is_early:
        await connection.execute(SQL["wake_reader_at"], {**this, **user, "until": wait.until})
    waits = wait.is_early or wait.is_followed
    if wait.is_new and not wait.is_early:
        late = {**this, **user, "asked_within": AWAITS_WORDS}
        earlier = await connection.execute(SQL["read_earlier"], late)
        waits = waits or earlier.rowcount > 0
    if waits and not wait.is_early:  # after a pause, an outage or a crash
        await read_again(connection, incoming)
    if wait.is_new and (seconds or waits):
        await connection.execute(SQL["wait_until"], {**this, "until": wait.until})
    return waits


async def _take_up(connection: AsyncConnection, incoming: Incoming, before: list[_Before]) -> None:
    """Let them belong to this message; those that are open end with that."""
    if not before:
        return
    requests = {"request_ids": [one.request_id for one in before]}
    await connection.execute(SQL["take_up"], {**requests, "request_id": incoming.request_id})
    for one in before:
        if one.is_open:
            await end_work(
                connection, one.request_id, WorkEnd.COMPLETED, request_type=RequestType.JOINED
            )
