"""An answer to a question of the crew."""

import re
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.mentions import names_files
from bot.attachments.storage import attach_to_request
from bot.builds import questions
from bot.builds.questions import Question
from bot.crew.ask_user import ask
from bot.crew.brought_files import bring_files
from bot.intake.incoming import Incoming
from bot.intake.replies import finish, say
from bot.messages import conversation_texts
from bot.requests.states import RequestType
from bot.settings.groups import CrewSettings


@dataclass(frozen=True, kw_only=True)
class QuestionReply:
    """What a user has answered to which question."""

    question: Question | None  # None for one that is not theirs, or is gone
    words: str
    project_id: UUID | None = None  # gets what came with the words


async def find_tapped_reply(
    connection: AsyncConnection, user_id: str, tap: re.Match[str]
) -> QuestionReply:
    """The answer that the id of an option gives."""
    asked = await questions.find_question(connection, user_id, UUID(tap[1]))
    place = int(tap[2])
    if asked is None or place > len(asked.options):
        return QuestionReply(question=None, words="")
    return QuestionReply(question=asked, words=asked.options[place - 1])


async def settle(
    connection: AsyncConnection, crew: CrewSettings, incoming: Incoming, reply: QuestionReply
) -> None:
    """Note the answer, then ask the next question or resume the build; say if it is too late."""
    sentence = await _note(connection, crew, incoming, reply)
    if sentence is not None:
        await say(connection, incoming, sentence)
    await finish(connection, incoming, RequestType.ANSWER)


async def _note(
    connection: AsyncConnection, crew: CrewSettings, incoming: Incoming, reply: QuestionReply
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
    await _bring(connection, incoming, reply)
    following = await questions.find_unanswered(connection, question.build_id)
    if following is None:
        await questions.resume(connection, question.build_id)
        return conversation_texts.ANSWERED
    seconds = crew.question_timeout_seconds
    await ask(connection, following, request_id=request_id, seconds=seconds)
    return None


async def _bring(connection: AsyncConnection, incoming: Incoming, reply: QuestionReply) -> None:
    """Put files that are the answer into the project: its build waits, so nobody works there."""
    if reply.project_id is None or not names_files(reply.words):
        return
    await attach_to_request(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        project_id=reply.project_id,
        request_text=reply.words,
    )
    await bring_files(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        project_id=reply.project_id,
    )
