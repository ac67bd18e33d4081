"""Stopping builds: all of a user, those of one app, or the one of a request."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.builds.builds import AWAITS_ANSWER
from telemetry.named_sql import statements

SQL = statements("bot.builds", "stopping.sql")


@dataclass(frozen=True, kw_only=True)
class StoppedBuild:
    """A build that was stopped, its own request, and the one in whose name it ran.

    Where its app `is_online`, the link shows a version.
    """

    build_id: UUID
    request_id: UUID
    current_request_id: UUID
    project_id: UUID
    is_online: bool


async def lock_builds(
    connection: AsyncConnection, *, user_id: str, project_id: UUID | None
) -> None:
    """Keep the runs of a user's builds, or of those of one project, from storing anything.

    One that ends meanwhile may leave another build behind: what is asked after this sees it.
    """
    await connection.execute(SQL["lock_builds"], {"user_id": user_id, "project_id": project_id})


async def stop_builds(
    connection: AsyncConnection, *, user_id: str, request_id: UUID, project_id: UUID | None
) -> list[StoppedBuild]:
    """Stop all that a user asked for before this request, if it runs or waits.

    With a `project_id` only what was asked for that project.
    """
    await lock_builds(connection, user_id=user_id, project_id=project_id)
    stopping = {"user_id": user_id, "request_id": request_id, "project_id": project_id}
    async with connection.cursor(row_factory=class_row(StoppedBuild)) as cursor:
        await cursor.execute(SQL["stop_builds"], stopping)
        return await cursor.fetchall()


async def stop_build_of(connection: AsyncConnection, request_id: UUID) -> StoppedBuild | None:
    """Stop the one build that is worked on for this request; None if it does not run or wait."""
    async with connection.cursor(row_factory=class_row(StoppedBuild)) as cursor:
        await cursor.execute(SQL["stop_build_of"], {"request_id": request_id})
        return await cursor.fetchone()


async def decline_of(connection: AsyncConnection, request_id: UUID) -> StoppedBuild | None:
    """Let the build of this request rest for good; None if its user is asked nothing about it.

    Its work ended when it began to rest. One that could not go on any more is left alone.
    """
    values = {"request_id": request_id, "awaits": AWAITS_ANSWER}
    async with connection.cursor(row_factory=class_row(StoppedBuild)) as cursor:
        await cursor.execute(SQL["decline_of"], values)
        return await cursor.fetchone()


async def stop_behind(connection: AsyncConnection, build: StoppedBuild) -> list[StoppedBuild]:
    """Stop also what is queued behind a stopped build, where its app has never come out."""
    async with connection.cursor(row_factory=class_row(StoppedBuild)) as cursor:
        await cursor.execute(SQL["stop_behind"], {"build_id": build.build_id})
        return await cursor.fetchall()


async def decline_all(connection: AsyncConnection, request_id: UUID) -> None:
    """Note that nothing shall go on whose user was asked about it before this request."""
    values = {"request_id": request_id, "awaits": AWAITS_ANSWER}
    await connection.execute(SQL["decline_all"], values)
