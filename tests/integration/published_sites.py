"""Published projects for tests to visit."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from bot.database.pools import async_connection_pool
from bot.languages.user_locale import note_requested
from bot.projects.projects import create_project
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from tests.users import add_request, add_user

OLD_PLAN = {
    "workflow": "full_build",
    "agents_needed": ["designer", "frontend", "devops"],
    "reasoning": "A new app.",
    "estimated_complexity": "simple",
    "estimated_steps": 3,
    "title": "Todo",
    "summary": "I'll build a list.",
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A published project: its token and those of its versions, and whose it is."""

    token: str
    versions: tuple[str, ...]
    user: str
    project: UUID


async def publish_site(
    settings: Settings, *states: dict[str, str], title: str = "Todo", language: str | None = None
) -> Site:
    assert settings.database_url is not None
    versions = []
    async with (
        async_connection_pool(settings.database_url.get_secret_value(), max_size=1) as pool,
        pool.connection() as connection,
    ):
        user = uuid4().hex
        await add_user(connection, user)
        if language:
            await note_requested(connection, user, language)
        project = await create_project(connection, user_id=user, title=title)
        for files in states:
            for path, content in files.items():
                await Workspace(connection, project.project_id).write(path, content)
            version = await publish(
                connection,
                project_id=project.project_id,
                request_id=UUID(int=1),
                sites_base_url="https://x",
            )
            versions.append(version.version_url.split("/")[-2])
    return Site(
        token=project.site_token, versions=tuple(versions), user=user, project=project.project_id
    )


async def add_trial(
    settings: Settings, site: Site, picture: bytes, *, number: int = 1, language: str | None = None
) -> None:
    """Let a version have been tried: looked at, or used in a language."""
    assert settings.database_url is not None
    async with (
        async_connection_pool(settings.database_url.get_secret_value(), max_size=1) as pool,
        pool.connection() as connection,
    ):
        request = await add_request(connection, site.user, site.project, "a todo list")
        acceptance = "null" if language is None else f'{{"language": "{language}"}}'
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, picture)"
            " SELECT build_id, manifest, 'x', %s, '{}', %s FROM build JOIN version"
            " USING (project_id) WHERE build.request_id = %s AND number = %s",
            [acceptance, picture, request, number],
        )


async def add_plan(
    settings: Settings,
    site: Site,
    description: str | None,
    *,
    number: int = 1,
    language: str | None = None,
) -> None:
    """Let a version have been planned with that sentence to whoever gets the app's link.

    None is a plan that was stored when none was asked for, and a build of which nobody noted in
    which language it began.
    """
    assert settings.database_url is not None
    async with (
        async_connection_pool(settings.database_url.get_secret_value(), max_size=1) as pool,
        pool.connection() as connection,
    ):
        request = await add_request(connection, site.user, site.project, "a todo list")
        await connection.execute(
            "UPDATE build SET plan = %s, first_language = %s WHERE request_id = %s",
            [
                Jsonb(OLD_PLAN if description is None else {"description": description}),
                language,
                request,
            ],
        )
        await connection.execute(
            "UPDATE version SET request_id = %s WHERE project_id = %s AND number = %s",
            [request, site.project, number],
        )
