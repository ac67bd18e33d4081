"""A doubtful request is asked back, once: is it to be built, or are they just talking?"""

from dataclasses import dataclass
from typing import Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.intake.incoming import Incoming
from bot.intake.replies import finish, say
from bot.languages.normalize import folded, words
from bot.messages import conversation_texts
from bot.requests.states import RequestType
from telemetry.named_sql import statements

SQL = statements("bot.intake", "clarification.sql")

BUILD, TALK = conversation_texts.BUILD_OR_TALK_CHOICES
_YES = set(
    words("yes yeah yep sure ok okay please build si claro vale sim ja gerne oui हाँ हां نعم ya")
)
_NO = set(words("no nope nah not nein nicht non não nao nahin नहीं لا tidak talking"))


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A message of theirs that was asked back about, and what it would be if they want it."""

    body: str
    kind: Literal["new_build", "change"]
    project: int | None


async def find_doubt(connection: AsyncConnection, user_id: str) -> Doubt | None:
    """What the user was asked back about last, None if nothing is open."""
    async with connection.cursor(row_factory=class_row(Doubt)) as cursor:
        await cursor.execute(SQL["find_doubt"], {"user_id": user_id})
        return await cursor.fetchone()


async def clear_doubt(connection: AsyncConnection, user_id: str) -> None:
    """Let nothing be open any more."""
    await connection.execute(SQL["clear_doubt"], {"user_id": user_id})


def is_answer_alone(answer: str) -> bool:
    """Whether that can only be an answer to the question: one of its buttons."""
    return folded(answer) in {BUILD.id, TALK.id}


def wants_it(answer: str) -> bool | None:
    """Whether the answer to the question is yes; None if it is no answer to it."""
    said = folded(answer)
    if is_answer_alone(answer):
        return said == BUILD.id
    told = set(said.split())
    if told and told <= _YES:
        return True
    return False if told and told <= _NO else None


async def ask_back(
    connection: AsyncConnection, incoming: Incoming, *, would_change: int | None
) -> None:
    """Ask, and keep in mind what about; `would_change` is the number of a project."""
    await connection.execute(
        SQL["note_doubt"],
        {
            "user_id": incoming.user_id,
            "request_id": incoming.request_id,
            "body": incoming.body,
            "kind": "change" if would_change else "new_build",
            "project": would_change,
        },
    )
    await say(
        connection,
        incoming,
        conversation_texts.BUILD_OR_TALK,
        kind="doubt",
        choices=conversation_texts.BUILD_OR_TALK_CHOICES,
    )
    await finish(connection, incoming, RequestType.TALK)


async def note_meaning(connection: AsyncConnection, incoming: Incoming) -> None:
    """Let the message stand for what it means; later readers find the request itself."""
    await connection.execute(
        SQL["note_meaning"], {"message_sid": incoming.message_sid, "body": incoming.body}
    )
