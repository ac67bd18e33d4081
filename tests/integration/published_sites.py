"""Published projects for tests to visit."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from bot.database.connection import async_connection_pool
from bot.projects.versions import create_project, publish
from bot.projects.workspace import Workspace
from bot.settings import Settings
from tests.users import add_user


@dataclass(frozen=True, kw_only=True)
class Site:
    """A published project: its token and those of its versions."""

    token: str
    versions: tuple[str, ...]


async def publish_site(settings: Settings, *states: dict[str, str]) -> Site:
    assert settings.database_url is not None
    versions = []
    async with (
        async_connection_pool(settings.database_url.get_secret_value(), max_size=1) as pool,
        pool.connection() as connection,
    ):
        user = uuid4().hex
        await add_user(connection, user)
        project = await create_project(connection, user_id=user, title="Todo")
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
    return Site(token=project.site_token, versions=tuple(versions))
