"""The versions of a project, and publishing one.

A version is a copy of the workspace's list of files; the contents are shared by their hash. The
project's link always shows the current version, each version has an address of its own too.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.errors import WorkspaceError
from bot.projects.workspace import Workspace, manifest_of
from bot.sites.file_types import TEXT_TYPES
from bot.sites.links import SiteLinks, make_token
from telemetry.named_sql import statements

SQL = statements("bot.projects", "versions.sql")


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where a version is found, and the request that it was first published for."""

    title: str
    number: int
    request_id: UUID
    site_token: str
    url: str
    version_url: str


@dataclass(frozen=True, kw_only=True)
class CurrentVersion:
    """What the project's link shows now; `manifest` is the hash of its list of files."""

    number: int
    version_token: str
    manifest: bytes
    request_id: UUID


@dataclass(frozen=True, kw_only=True)
class LockedProject:
    """The project that nobody else publishes until the transaction ends."""

    title: str
    site_token: str


async def publish(
    connection: AsyncConnection, *, project_id: UUID, request_id: UUID, sites_base_url: str
) -> Published:
    """Let the project's link show the workspace as it is now.

    Publishing what the link already shows returns that version again. Raises `WorkspaceError` if
    there is no `index.html`.
    """
    links = SiteLinks(sites_base_url)
    async with connection.transaction():
        project = await lock_project(connection, project_id)
        if project is None:
            raise WorkspaceError("This project does not exist any more.")
        files = await Workspace(connection, project_id).list_files()
        if not any(file.path == "index.html" for file in files):
            raise WorkspaceError("There is no index.html, which is the page that the link opens.")
        manifest = manifest_of(files)
        current = await find_current(connection, project_id)
        if current is not None and current.manifest == manifest:
            number, token, publisher = current.number, current.version_token, current.request_id
        else:
            token, publisher = make_token(), request_id
            number = await add_version(
                connection,
                project_id=project_id,
                request_id=request_id,
                version_token=token,
                manifest=manifest,
                is_draft=False,
            )
            await show_version(connection, project_id, number)
    return Published(
        title=project.title,
        number=number,
        request_id=publisher,
        site_token=project.site_token,
        url=links.url(project.site_token),
        version_url=links.url(token),
    )


async def lock_project(connection: AsyncConnection, project_id: UUID) -> LockedProject | None:
    """Keep other publishers waiting until the transaction ends; None if there is no project."""
    async with connection.cursor(row_factory=class_row(LockedProject)) as cursor:
        await cursor.execute(SQL["lock_project"], {"project_id": project_id})
        return await cursor.fetchone()


async def find_current(connection: AsyncConnection, project_id: UUID) -> CurrentVersion | None:
    """The version that the project's link shows; None while it shows nothing."""
    async with connection.cursor(row_factory=class_row(CurrentVersion)) as cursor:
        await cursor.execute(SQL["find_current_version"], {"project_id": project_id})
        return await cursor.fetchone()


async def find_earlier(
    connection: AsyncConnection, project_id: UUID, request_id: UUID
) -> CurrentVersion | None:
    """What the link shows if another request made it: what a budget brings out early is no more."""
    current = await find_current(connection, project_id)
    return current if current is not None and current.request_id != request_id else None


async def read_published_texts(connection: AsyncConnection, project_id: UUID) -> dict[str, str]:
    """The texts of what the project's link shows, by path; nothing while it shows nothing."""
    cursor = await connection.execute(
        SQL["read_published_contents"], {"project_id": project_id, "types": list(TEXT_TYPES)}
    )
    files: list[tuple[str, bytes]] = await cursor.fetchall()
    return {path: data.decode("utf-8") for path, data in files}


async def show_version(connection: AsyncConnection, project_id: UUID, number: int) -> None:
    """Let the project's link show this version from now on."""
    await connection.execute(SQL["show_version"], {"project_id": project_id, "number": number})


async def add_version(
    connection: AsyncConnection,
    *,
    project_id: UUID,
    request_id: UUID,
    version_token: str,
    manifest: bytes,
    is_draft: bool,
) -> int:
    """Keep the workspace, whose files are this `manifest`, as the next version; its number."""
    version = {
        "project_id": project_id,
        "request_id": request_id,
        "version_token": version_token,
        "manifest": manifest,
        "is_draft": is_draft,
    }
    cursor = await connection.execute(SQL["add_version"], version)
    ((number,),) = await cursor.fetchall()
    await connection.execute(SQL["add_version_files"], {"project_id": project_id, "number": number})
    return int(number)
