"""An answer to a question of the crew, recognised without a model where it is an option."""

import re
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection

from bot.builds import questions
from bot.builds.questions import Question
from bot.crew.ask_user import ask
from bot.intake.incoming import Incoming
from bot.intake.reading import Reading
from bot.intake.replies import finish, say
from bot.messages import conversation_texts
from bot.requests.states import RequestType
from bot.settings import Settings

_TAP = re.compile(r"answer ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([1-9])")


@dataclass(frozen=True, kw_only=True)
class QuestionReply:
    """What was answered to which question; None for one that is not this user's, or is gone."""

    question: Question | None
    words: str


async def settle_reply(reading: Reading) -> bool:
    """Take an answer that needs no model."""
    incoming = reading.incoming
    if incoming.is_named_file:
        return False
    async with reading.services.pool.connection() as connection:
        reply = await _find_reply(connection, incoming)
    if reply is None:
        return False
    async with reading.handling() as connection:
        await settle(connection, reading.services.settings, incoming, reply)
    return True


async def _find_reply(connection: AsyncConnection, incoming: Incoming) -> QuestionReply | None:
    """The answer that a tap, a number or one of the options gives; None for any other message."""
    tap = _TAP.fullmatch(incoming.body)
    if tap is not None:
        asked = await questions.find_question(connection, incoming.user_id, UUID(tap[1]))
        option = _option(asked, tap[2]) if asked else None
        return QuestionReply(question=asked if option else None, words=option or "")
    asked = await questions.find_open(connection, incoming.user_id)
    option = _option(asked, incoming.body) if asked else None
    return QuestionReply(question=asked, words=option) if option else None


async def settle(
    connection: AsyncConnection, settings: Settings, incoming: Incoming, reply: QuestionReply
) -> None:
    """Note the answer and ask the next question or wake the build; say so if it comes too late."""
    sentence = await _note(connection, settings, reply)
    if sentence is not None:
        await say(connection, incoming, sentence)
    await finish(connection, incoming, RequestType.ANSWER)


async def _note(
    connection: AsyncConnection, settings: Settings, reply: QuestionReply
) -> str | None:
    """What is to be said; None where the next question says enough."""
    question = reply.question
    if question is None:
        return conversation_texts.QUESTION_CLOSED
    if question.answer is not None:
        return conversation_texts.settled(question.answer)
    request_id = await questions.find_waiting_request(connection, question.build_id)
    waits = await questions.lock_waiting(connection, question.build_id) is not None
    if not waits or request_id is None:
        return conversation_texts.QUESTION_CLOSED
    if not await questions.answer(connection, question, reply.words):
        return conversation_texts.QUESTION_CLOSED
    following = await questions.find_unanswered(connection, question.build_id)
    if following is None:
        await questions.wake(connection, question.build_id)
        return conversation_texts.ANSWERED
    seconds = settings.question_timeout_seconds
    await ask(connection, following, request_id=request_id, seconds=seconds)
    return None


def _option(question: Question, said: str) -> str | None:
    """The option of that number or those words."""
    words = said.strip().rstrip(".!").casefold()
    for number, option in enumerate(question.options, 1):
        if words in {str(number), option.casefold()}:
            return option
    return None
