"""What the user said of an app, from the first word to the last: every role reads the same."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.mentions import mentions, merged
from bot.builds.builds import Build
from bot.projects.requirements import Requirement, find_gaps, list_requirements
from telemetry.named_sql import statements

SQL = statements("bot.crew", "user_words.sql")

REQUIREMENTS = "requirements"


async def words_of_request(connection: AsyncConnection, build: Build) -> tuple[str, ...]:
    """What the user wrote in the request, in order; nothing once that was removed.

    Where something came with the words it is one message, whichever of them was first.
    """
    said = await _bodies(connection, "words_of_request", build.request_id)
    return (merged(said),) if len(said) > 1 and any(map(mentions, said)) else said


async def applied_changes(connection: AsyncConnection, build: Build) -> tuple[str, ...]:
    """What the user wrote while the build was under way and its agents have read, in order."""
    return await _bodies(connection, "applied_changes", build.request_id)


async def requirements_block(connection: AsyncConnection, build: Build) -> str:
    """All that the user asks of the app, a line each: what every role is told under `REQUIREMENTS`.

    Behind it stand what cannot be built and the facts that nobody gave, as this build's plan says.
    """
    known = await list_requirements(connection, build.project_id, build.build_id)
    lines = [str(one) for one in known if one.is_in_force]
    gaps = await find_gaps(connection, build.build_id)
    lines += [f"Cannot be built, and the user was told: {one}" for one in gaps.left_out]
    if gaps.missing_facts:
        lines.append(
            "Nobody had given it; unless a requirement or a paper does now, a gap is to be seen"
            f" there: {'; '.join(gaps.missing_facts)}"
        )
    return "\n".join(lines) or "none"


async def asked_before(
    connection: AsyncConnection, build: Build
) -> tuple[list[Requirement], list[Requirement]]:
    """What holds for a build beside its own request, and what does not since it was given up."""
    known = await list_requirements(connection, build.project_id, build.build_id)
    others = [one for one in known if one.request_id != build.request_id]
    holding = [one for one in others if one.is_in_force]
    return holding, [one for one in others if one.is_given_up]


async def _bodies(
    connection: AsyncConnection,
    statement: str,
    request_id: UUID,
) -> tuple[str, ...]:
    cursor = await connection.execute(SQL[statement], {"request_id": request_id})
    return tuple([row[0] for row in await cursor.fetchall()])
