"""The way back and forth between a project's versions: a pointer, and the workspace with it.

Going back costs nothing and changes no byte: the link shows another version, and the next change
starts from that one. What a build had written that did not end well is kept as a draft, which no
link shows.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.projects.versions import add_version, find_current, lock_project, show_version
from bot.projects.workspace import Workspace, manifest_of
from bot.sites.links import make_token
from telemetry.named_sql import statements

SQL = statements("bot.projects", "history.sql")

VERSIONS_LISTED = 10


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a project, and the words that it was made for, if they are known."""

    number: int
    version_token: str
    published_at: datetime
    is_draft: bool
    is_current: bool
    request_id: UUID
    request_text: str | None


async def list_versions(connection: AsyncConnection, project_id: UUID) -> list[Version]:
    """The latest versions, newest first."""
    async with connection.cursor(row_factory=class_row(Version)) as cursor:
        await cursor.execute(
            SQL["list_versions"], {"project_id": project_id, "limit": VERSIONS_LISTED}
        )
        return await cursor.fetchall()


async def go_back(connection: AsyncConnection, project_id: UUID) -> int | None:
    """Show the version before the current one; returns its number, None if there is none."""
    return await _go(connection, project_id, "find_previous_version")


async def go_forward(connection: AsyncConnection, project_id: UUID) -> int | None:
    """Show the newest version that was made from the current one; None if there is none."""
    return await _go(connection, project_id, "find_next_version")


async def _go(connection: AsyncConnection, project_id: UUID, statement: str) -> int | None:
    async with connection.transaction():
        await lock_project(connection, project_id)
        number = await _number(connection, statement, project_id=project_id)
        if number is not None:
            await show_version(connection, project_id, number)
            await _set_workspace(connection, project_id, number)
        return number


async def save_draft(connection: AsyncConnection, project_id: UUID, request_id: UUID) -> None:
    """Keep what an unfinished build had written as a draft; the workspace is what the link shows.

    One that has deleted every file leaves a draft without any. While the link shows nothing, the
    workspace stays as it is too, and is kept once: it may be what an earlier build had written. It
    stays always where another build works in it: what was queued behind that had written nothing.
    """
    async with connection.transaction():
        await lock_project(connection, project_id)
        if await _is_used_by_another(connection, project_id, request_id):
            return
        manifest = manifest_of(await Workspace(connection, project_id).list_files())
        current = await find_current(connection, project_id)
        if manifest == (manifest_of([]) if current is None else current.manifest):
            return
        if current is None and await is_draft(connection, project_id):
            return
        await add_version(
            connection,
            project_id=project_id,
            request_id=request_id,
            version_token=make_token(),
            manifest=manifest,
            is_draft=True,
        )
        if current is not None:
            await _set_workspace(connection, project_id, current.number)


async def _is_used_by_another(
    connection: AsyncConnection, project_id: UUID, request_id: UUID
) -> bool:
    builds = {"project_id": project_id, "request_id": request_id}
    cursor = await connection.execute(SQL["is_used_by_another"], builds)
    return await cursor.fetchone() is not None


async def is_draft(connection: AsyncConnection, project_id: UUID) -> bool:
    """Whether the workspace is what an earlier build had written, without a change."""
    manifest = manifest_of(await Workspace(connection, project_id).list_files())
    draft = {"project_id": project_id, "manifest": manifest}
    cursor = await connection.execute(SQL["is_draft"], draft)
    return await cursor.fetchone() is not None


async def restore_draft(connection: AsyncConnection, project_id: UUID, request_id: UUID) -> None:
    """Let the workspace be the draft of a request again, if it left one."""
    async with connection.transaction():
        await lock_project(connection, project_id)
        number = await _number(
            connection, "find_draft", project_id=project_id, request_id=request_id
        )
        if number is not None:
            await _set_workspace(connection, project_id, number)
            await connection.execute(
                SQL["drop_draft"], {"project_id": project_id, "number": number}
            )


async def read_shown_or_workspace(
    connection: AsyncConnection, project_id: UUID
) -> dict[str, bytes]:
    """The files that the link shows, by path; those of the workspace while it shows none."""
    cursor = await connection.execute(SQL["read_shown_or_workspace"], {"project_id": project_id})
    return dict(await cursor.fetchall())


async def _set_workspace(connection: AsyncConnection, project_id: UUID, number: int) -> None:
    key = {"project_id": project_id, "number": number}
    await connection.execute(SQL["empty_workspace"], key)
    await connection.execute(SQL["fill_workspace"], key)


async def _number(connection: AsyncConnection, statement: str, **key: object) -> int | None:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL[statement], key)
        number: int | None = await cursor.fetchone()
        return number
