"""What the user said of a build, from the first word to the last: every role reads the same."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.builds.questions import list_answers
from telemetry.named_sql import statements

SQL = statements("bot.crew", "user_words.sql")


async def words_of_request(connection: AsyncConnection, build: Build) -> tuple[str, ...]:
    """What the user wrote in the request, in order; nothing once that was removed."""
    return await _bodies(connection, "words_of_request", build.request_id)


async def applied_changes(connection: AsyncConnection, build: Build) -> tuple[str, ...]:
    """What the user wrote while the build was under way and its agents have read, in order."""
    return await _bodies(connection, "applied_changes", build.request_id)


async def earlier_requests(connection: AsyncConnection, build: Build) -> tuple[str, ...]:
    """What the user asked of the project before this build, in order."""
    return await _bodies(connection, "earlier_requests", build.request_id, build.project_id)


async def words_for_judges(connection: AsyncConnection, build: Build) -> dict[str, str]:
    """All that the app is to be judged by, by tag; what there is nothing of has none."""
    answers = await list_answers(connection, build.request_id)
    parts = {
        "request": build.request_text,
        "earlier_requests": "\n".join(await earlier_requests(connection, build)),
        "changes": "\n".join(await applied_changes(connection, build)),
        "answers": "\n".join(f"{one.question} {one.answer}" for one in answers),
    }
    return {tag: words for tag, words in parts.items() if words}


async def _bodies(
    connection: AsyncConnection,
    statement: str,
    request_id: UUID,
    project_id: UUID | None = None,
) -> tuple[str, ...]:
    cursor = await connection.execute(
        SQL[statement], {"request_id": request_id, "project_id": project_id}
    )
    return tuple([row[0] for row in await cursor.fetchall()])
