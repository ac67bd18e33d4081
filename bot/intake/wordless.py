"""What came without a word, and no word has taken it up: what it is for is found out.

Where the crew asks, it may be the answer: a model tells. What the user said a moment before may be
about it: then it belongs to that. Else they are asked, once, and what they say next is about it. A
contact belongs to nothing by itself: it is somebody else's name and number.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.attachments.mentions import CONTACT, FILE, PAPER, PICTURE, PLACE, kinds_of
from bot.builds.builds import UnfinishedBuild
from bot.delivery.typing_indicator import typing_shown
from bot.intake.action import apply_answer
from bot.intake.album import await_words
from bot.intake.answers import Answer
from bot.intake.app_work import change
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.incoming import Incoming
from bot.intake.intent import understand_as_answer
from bot.intake.open_question import About
from bot.intake.reading import Reading
from bot.intake.replies import finish, say, was_just_told
from bot.messages import file_texts
from bot.messages.kinds import MessageKind
from bot.requests.states import RequestType
from telemetry.named_sql import statements

SQL = statements("bot.intake", "wordless.sql")

AFTER_WORDS = timedelta(seconds=30)  # to pick photos for what was just written


@dataclass(frozen=True, kw_only=True)
class _Said:
    """A message with words, and what it became."""

    request_id: UUID
    request_type: str
    project_id: UUID | None


async def settle_wordless(reading: Reading) -> bool:
    """Do what follows from a message that has no words."""
    if not reading.is_wordless:
        return False
    answer = await _find_answer(reading)
    async with reading.handling() as connection:
        if answer is not None:
            await apply_answer(reading, connection, answer, words=reading.incoming.body)
        else:
            await withdraw_deletion_questions(connection, reading.incoming.request_id)
            await _place(reading, connection)
    return True


async def _find_answer(reading: Reading) -> Answer | None:
    """The question of the crew that this answers; others it cannot."""
    if all(one.about is not About.CREW for one in reading.dialogue.answerable):
        return None
    async with typing_shown(reading.services.twilio, reading.incoming.message_sid):
        answer = await understand_as_answer(reading)
    return answer if answer and answer.question.about is About.CREW else None


async def _place(reading: Reading, connection: AsyncConnection) -> None:
    incoming = reading.incoming
    said = await _find_said_before(connection, incoming)
    quoted = reading.dialogue.quoted_project
    if quoted is not None and (said is None or said.project_id != quoted):
        said = None  # it is about another app than the words were
    if said is not None and kinds_of(incoming.body) != {CONTACT}:
        if await _add_to_doubt(connection, incoming, said):
            await finish(connection, incoming, RequestType.JOINED)
            return
        build = _build_of(reading, said)
        if build is not None:
            await change(connection, incoming, build, "looks", is_noted=False)
            return
    await _ask_what_for(connection, incoming)


async def _find_said_before(connection: AsyncConnection, incoming: Incoming) -> _Said | None:
    async with connection.cursor(row_factory=class_row(_Said)) as cursor:
        await cursor.execute(
            SQL["find_said_before"],
            {
                "user_id": incoming.user_id,
                "request_id": incoming.request_id,
                "within": AFTER_WORDS,
            },
        )
        return await cursor.fetchone()


async def _add_to_doubt(connection: AsyncConnection, incoming: Incoming, said: _Said) -> bool:
    """Let it belong to what may be a request or only talk; False if that is not in doubt."""
    cursor = await connection.execute(
        SQL["add_to_doubt"],
        {"user_id": incoming.user_id, "request_id": said.request_id, "body": incoming.body},
    )
    return await cursor.fetchone() is not None


def _build_of(reading: Reading, said: _Said) -> UnfinishedBuild | None:
    """The build under way that the words were about; an answer was about the only one there is."""
    builds = reading.dialogue.builds
    if said.request_type == RequestType.ANSWER and len(builds) == 1:
        return builds[0]
    return next((one for one in builds if one.project_id == said.project_id), None)


async def _ask_what_for(connection: AsyncConnection, incoming: Incoming) -> None:
    """Ask, unless that is the last thing that they heard."""
    if not await was_just_told(connection, incoming, MessageKind.WHAT_FOR):
        await say(connection, incoming, _question(incoming.body), kind=MessageKind.WHAT_FOR)
    await await_words(connection, incoming.request_id)
    await finish(connection, incoming, RequestType.TALK)


def _question(body: str) -> str:
    kinds = kinds_of(body)
    if kinds & {PAPER, FILE}:
        return file_texts.WHAT_ABOUT_PAPERS
    if PICTURE in kinds:
        return file_texts.WHAT_ABOUT_PICTURES
    if PLACE in kinds:
        return file_texts.WHAT_ABOUT_PLACE
    return file_texts.WHAT_ABOUT_CONTACT
