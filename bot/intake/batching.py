"""Who writes faster than can be read: their messages are read together, and they are told once.

A user's messages wait for each other and for nobody else's, so a flood slows only its own writer.
Plain messages that wait behind one another become one message with all their words, in order; a
command, a tap or a file among them ends the run, and keeps its place.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.attachments.mentions import merged
from bot.attachments.storage import AWAITS_WORDS
from bot.database.together import Asked, ask_together, value_of
from bot.intake.assent import find_assent
from bot.intake.command_names import find_command
from bot.intake.command_words import find_forgotten, find_opened
from bot.intake.dialogue_state import REPLIED_TO, replied_to
from bot.intake.incoming import TEXT, Incoming
from bot.intake.reading import Reading
from bot.intake.replies import say
from bot.languages.locale_request import find_locale_request
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.closing import close_if_finished
from bot.requests.identity import decrypt_fields
from bot.requests.lifecycle import end_work
from bot.requests.states import RequestType, WorkEnd
from telemetry.named_sql import statements

SQL = statements("bot.intake", "batching.sql")

FEWEST_JOINED = 5  # waiting messages that are read together; fewer are read one by one
MOST_JOINED = 100  # messages
LONGEST_JOINED = 8_000  # characters of them together
FLOOD = 30  # messages in a minute, of which their user is told that they are read together
FLOOD_TOLD_EVERY = 600  # seconds


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    message_sid: str
    request_id: UUID
    message_type: str
    body: str
    fields_encrypted: bytes


@dataclass(frozen=True, kw_only=True)
class _Said:
    message_sid: str
    body: str


async def join_queued(reading: Reading) -> bool:
    """Join those that wait behind the message to it, if they are many; they stay joined."""
    incoming = reading.incoming
    reading.own_body = incoming.body
    async with reading.services.pool.connection() as connection:
        async with connection.transaction():
            waiting, said, preceded = await ask_together(
                connection,
                _asked_for_waiting(incoming),
                _asked_for_said(incoming),
                _asked_for_preceded(incoming),
            )
            joined = _joinable(reading, waiting)
            if joined:
                await _join(connection, incoming, joined)
                (said,) = await ask_together(connection, _asked_for_said(incoming))
        for message in joined:
            await close_if_finished(connection, message.request_id)
    reading.incoming = replace(incoming, body=_together(reading, said))
    reading.is_preceded = any(preceded)
    reading.is_joined = len(said) > 1
    return False


async def whole_message(connection: AsyncConnection, reading: Reading) -> str:
    """The message with all that belongs to it, as one."""
    (said,) = await ask_together(connection, _asked_for_said(reading.incoming))
    return _together(reading, said)


def _together(reading: Reading, said: list[_Said]) -> str:
    """All of them in order; this message as it is understood by now, not as it was written."""
    this = reading.incoming.message_sid
    return merged(reading.own_body if one.message_sid == this else one.body for one in said)


def _asked_for_waiting(incoming: Incoming) -> Asked[_Waiting]:
    values = {"message_sid": incoming.message_sid, "limit": MOST_JOINED}
    return Asked(SQL["list_waiting_messages"], values, _Waiting)


def _asked_for_said(incoming: Incoming) -> Asked[_Said]:
    return Asked(SQL["list_words"], {"request_id": incoming.request_id}, _Said)


def _asked_for_preceded(incoming: Incoming) -> Asked[bool]:
    values = {"message_sid": incoming.message_sid, "asked_within": AWAITS_WORDS}
    return Asked(SQL["is_preceded"], values, value_of)


def _joinable(reading: Reading, waiting: list[_Waiting]) -> list[_Waiting]:
    """The plain messages right behind this one, if there are enough of them."""
    incoming, keys = reading.incoming, reading.services.settings.identity
    if incoming.message_type != TEXT or len(waiting) < FEWEST_JOINED:
        return []
    quoted = replied_to(keys, incoming)
    run: list[_Waiting] = []
    length = len(incoming.body)
    for message in waiting:
        length += len(message.body)
        is_plain = message.message_type == TEXT and not _stands_alone(message.body)
        quotes = decrypt_fields(keys, message.fields_encrypted).get(REPLIED_TO, [None])[0]
        is_plain = is_plain and quotes == quoted
        if not is_plain or length > LONGEST_JOINED:
            break
        run.append(message)
    return run


def _stands_alone(said: str) -> bool:
    """Whether it may be a command, or the answer to a question."""
    ways = (find_command, find_assent, find_opened, find_forgotten, find_locale_request)
    return any(find(said) is not None for find in ways)


async def _join(connection: AsyncConnection, incoming: Incoming, run: list[_Waiting]) -> None:
    sids = [message.message_sid for message in run]
    await connection.execute(
        SQL["join_messages"], {"request_id": incoming.request_id, "message_sids": sids}
    )
    for message in run:
        await end_work(
            connection, message.request_id, WorkEnd.COMPLETED, request_type=RequestType.JOINED
        )
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["count_lately"], {"user_id": incoming.user_id})
        lately = await cursor.fetchone() or 0
        await cursor.execute(
            SQL["was_told_lately"],
            {"user_id": incoming.user_id, "kind": MessageKind.FLOOD, "seconds": FLOOD_TOLD_EVERY},
        )
        was_told = await cursor.fetchone()
    if lately >= FLOOD and not was_told:
        await _tell(connection, incoming)


async def _tell(connection: AsyncConnection, incoming: Incoming) -> None:
    """Say that everything is read, together."""
    await say(
        connection,
        incoming,
        conversation_texts.READING_TOGETHER,
        kind=MessageKind.FLOOD,
        dedupe_key=f"{incoming.request_id}:flood",
    )
