"""Questions of an agent to the user, and the build that waits for the answers.

A build that is suspended has neither job nor owner. Whoever answers the last question resumes it; a
job that is scheduled for the end of its patience takes the defaults. The project's next builds wait
with it: whoever resumes or ends it releases them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.builds.builds import Build
from bot.projects.requirements import add_answers
from telemetry.named_sql import statements

SQL = statements("bot.builds", "questions.sql")

UNREAD_SECONDS = 15.0  # that a build waits on for a message to come or be read, again and again


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question to a user, `position` of `batch_size`; `answer` is None while it is open."""

    question_id: UUID
    build_id: UUID
    user_id: str
    question: str
    options: list[str]
    default_answer: str
    answer: str | None
    position: int
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class Asking:
    """In the name of which request a question was asked, when, and of whom."""

    request_id: UUID
    asked_at: datetime
    address_encrypted: bytes


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What was answered, or taken as the default because nobody did."""

    question: str
    answer: str
    is_default: bool
    tool_use_id: str


async def store_question(
    connection: AsyncConnection,
    build: Build,
    *,
    tool_use_id: str,
    position: int,
    question: str,
    options: Sequence[str],
    default_answer: str,
) -> None:
    """Keep a question as the agent asked it, once."""
    await connection.execute(
        SQL["store_question"],
        {
            "build_id": build.build_id,
            "user_id": build.user_id,
            "tool_use_id": tool_use_id,
            "position": position,
            "question": question,
            "options": list(options),
            "default_answer": default_answer,
        },
    )


async def find_unanswered(connection: AsyncConnection, build_id: UUID) -> Question | None:
    """The next question of a build that nobody has answered."""
    return await _find(connection, "find_unanswered", build_id=build_id)


async def find_question(
    connection: AsyncConnection, user_id: str, question_id: UUID
) -> Question | None:
    """A question of this user that is open or was answered; None for anybody else's."""
    return await _find(connection, "find_question", user_id=user_id, question_id=question_id)


async def _find(connection: AsyncConnection, statement: str, **key: object) -> Question | None:
    async with connection.cursor(row_factory=class_row(Question)) as cursor:
        await cursor.execute(SQL[statement], key)
        return await cursor.fetchone()


async def suspend(connection: AsyncConnection, question: Question, *, seconds: float) -> None:
    """Let the build wait for the answer to this question, at most so long."""
    await connection.execute(SQL["note_asked"], {"question_id": question.question_id})
    await connection.execute(SQL["suspend"], {"build_id": question.build_id, "seconds": seconds})


async def find_asked(connection: AsyncConnection, build_id: UUID) -> Asking | None:
    """The question that a build waits to be answered."""
    async with connection.cursor(row_factory=class_row(Asking)) as cursor:
        await cursor.execute(SQL["find_asked"], {"build_id": build_id})
        return await cursor.fetchone()


async def wait_for_delivery(connection: AsyncConnection, build_id: UUID, *, seconds: float) -> bool:
    """Let the build wait until its question is out for so long; False if it is, or never will."""
    values = {"build_id": build_id, "seconds": seconds}
    return (await connection.execute(SQL["wait_for_delivery"], values)).rowcount > 0


async def wait_for_twilio(connection: AsyncConnection, build_id: UUID, *, in_vain: int) -> None:
    """Let the build wait on for what may be on its way; Twilio was asked so often in vain."""
    values = {"build_id": build_id, "seconds": UNREAD_SECONDS, "in_vain": in_vain}
    await connection.execute(SQL["wait_for_twilio"], values)


async def wait_for_reader(connection: AsyncConnection, build_id: UUID) -> bool:
    """Let the build wait on if what its user wrote since it asked is not read; False if it is."""
    values = {"build_id": build_id, "seconds": UNREAD_SECONDS}
    return (await connection.execute(SQL["wait_for_reader"], values)).rowcount > 0


async def lock_waiting(
    connection: AsyncConnection, build_id: UUID
) -> Literal["waiting", "timed_out"] | None:
    """Keep others from resuming a build; None if it does not wait for an answer."""
    cursor = await connection.execute(SQL["lock_waiting"], {"build_id": build_id})
    row = await cursor.fetchone()
    if row is None:
        return None
    return "timed_out" if row[0] else "waiting"


async def answer(connection: AsyncConnection, question: Question, words: str) -> bool:
    """Note the answer, which the app has to meet; False if there is one already."""
    cursor = await connection.execute(
        SQL["answer"], {"question_id": question.question_id, "answer": words}
    )
    if cursor.rowcount == 0:
        return False
    await add_answers(connection, [question.question_id])
    return True


async def take_defaults(connection: AsyncConnection, build_id: UUID) -> list[tuple[str, str]]:
    """Answer what is open by its defaults; returns question and answer of each."""
    cursor = await connection.execute(SQL["take_defaults"], {"build_id": build_id})
    taken = await cursor.fetchall()
    await add_answers(connection, [question_id for question_id, _, _ in taken])
    return [(question, default) for _, question, default in taken]


async def resume(connection: AsyncConnection, build_id: UUID) -> None:
    """Let a suspended build go on, and behind it what had to wait with it."""
    cursor = await connection.execute(SQL["resume"], {"build_id": build_id})
    for project_id, _ in await cursor.fetchall():
        await release_queue(connection, project_id)


async def release_queue(connection: AsyncConnection, project_id: UUID) -> None:
    """Let the queued builds of a project go on, since none may wait for its user any more.

    Each gets a job: the one that it had is used up if it came while another build waited. A job
    too many finds its build done.
    """
    await connection.execute(SQL["release_queue"], {"project_id": project_id})


async def list_answers(connection: AsyncConnection, request_id: UUID) -> list[Answered]:
    """What was answered in the build of a request, in order."""
    async with connection.cursor(row_factory=class_row(Answered)) as cursor:
        await cursor.execute(SQL["list_answers"], {"request_id": request_id})
        return await cursor.fetchall()


async def find_waiting_request(connection: AsyncConnection, build_id: UUID) -> UUID | None:
    """The request in whose name a build waits."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_waiting_request"], {"build_id": build_id})
        request_id: UUID | None = await cursor.fetchone()
        return request_id
