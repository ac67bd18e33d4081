"""A doubtful request is asked back, once: is it to be built, or are they just talking?"""

from collections.abc import Sequence

from psycopg import AsyncConnection

from bot.attachments.storage import leave_with_doubt
from bot.intake.incoming import Incoming
from bot.intake.replies import finish, say
from bot.languages.normalize import folded
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Choice
from bot.requests.states import RequestType
from telemetry.named_sql import statements

SQL = statements("bot.intake", "clarification.sql")


async def clear_doubt(connection: AsyncConnection, user_id: str) -> bool:
    """Let nothing be in doubt any more; False if nothing was."""
    cursor = await connection.execute(SQL["clear_doubt"], {"user_id": user_id})
    return cursor.rowcount > 0


async def pass_over_doubt(connection: AsyncConnection, incoming: Incoming) -> None:
    """Leave what was in doubt before, with the files that came with it: this is not about it."""
    await leave_with_doubt(connection, incoming.request_id)
    await clear_older_doubt(connection, incoming)


async def clear_older_doubt(connection: AsyncConnection, incoming: Incoming) -> None:
    """Let nothing be in doubt any more that was said before this message, which ends all."""
    values = {"user_id": incoming.user_id, "request_id": incoming.request_id}
    await connection.execute(SQL["clear_older_doubt"], values)


def is_answer_alone(answer: str) -> bool:
    """Whether that can only be an answer to the question: one of its buttons."""
    return folded(answer) in {choice.id for choice in conversation_texts.BUILD_OR_TALK_CHOICES}


async def ask_back(
    connection: AsyncConnection, incoming: Incoming, *, kind: str, project: int | None
) -> None:
    """Ask whether they are just talking; if not, it is of that `kind`, about that project."""
    await _ask(
        connection,
        incoming,
        conversation_texts.BUILD_OR_TALK,
        conversation_texts.BUILD_OR_TALK_CHOICES,
        kind=kind,
        project=project,
    )


async def ask_whether_still(
    connection: AsyncConnection,
    incoming: Incoming,
    sentence: str,
    *,
    kind: str,
    project: int | None,
) -> None:
    """Ask whether what was read late is still to be done."""
    await _ask(connection, incoming, sentence, (), kind=kind, project=project)


async def _ask(
    connection: AsyncConnection,
    incoming: Incoming,
    sentence: str,
    choices: Sequence[Choice],
    *,
    kind: str,
    project: int | None,
) -> None:
    """Ask, and keep in mind what about."""
    await connection.execute(
        SQL["note_doubt"],
        {
            "user_id": incoming.user_id,
            "request_id": incoming.request_id,
            "body": incoming.body,
            "kind": kind,
            "project": project,
        },
    )
    await say(connection, incoming, sentence, kind=MessageKind.DOUBT, choices=choices)
    await finish(connection, incoming, RequestType.TALK)
