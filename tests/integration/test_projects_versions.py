import asyncio
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.crew.sources import changed_lines
from bot.errors import WorkspaceError
from bot.projects.projects import create_project, list_projects
from bot.projects.versions import Published, read_published_texts
from bot.projects.versions import publish as publish_version
from bot.projects.workspace import Workspace
from tests.users import add_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
USER = "b" * 32
BASE = "https://apps.example.com"


async def new_project(connection: AsyncConnection) -> UUID:
    await add_user(connection, USER)
    return (await create_project(connection, user_id=USER, title="Notes")).project_id


async def publish(connection: AsyncConnection, project_id: UUID) -> Published:
    return await publish_version(
        connection, project_id=project_id, request_id=uuid4(), sites_base_url=BASE
    )


async def test_a_project_needs_a_page_to_open(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        await Workspace(connection, project_id).write("app.js", "")
        with pytest.raises(WorkspaceError, match=r"no index\.html"):
            await publish(connection, project_id)


async def test_the_link_stays_and_each_version_has_its_own(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        workspace = Workspace(connection, project_id)
        await workspace.write("index.html", "one")
        first = await publish(connection, project_id)
        await workspace.write("index.html", "two")
        second = await publish(connection, project_id)
        (project,) = await list_projects(connection, USER)
    assert (first.number, second.number, project.current_version) == (1, 2, 2)
    assert first.url == second.url == f"{BASE}/{project.site_token}/"
    assert len({first.url, first.version_url, second.version_url}) == 3


async def test_publishing_the_same_files_again_changes_nothing(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        workspace = Workspace(connection, project_id)
        await workspace.write("index.html", "one")
        first = await publish(connection, project_id)
        await workspace.write("index.html", "two")
        await workspace.write("index.html", "one")
        again = await publish(connection, project_id)
    assert again == first


async def test_an_earlier_state_becomes_a_new_version(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        workspace = Workspace(connection, project_id)
        for text in ("one", "two", "one"):
            await workspace.write("index.html", text)
            last = await publish(connection, project_id)
    assert last.number == 3


async def test_publishing_twice_at_once_makes_one_version(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        await Workspace(connection, project_id).write("index.html", "one")

    async def publish_alone() -> Published:
        async with pool.connection() as own:
            return await publish(own, project_id)

    published = await asyncio.gather(*(publish_alone() for _ in range(6)))
    assert {version.number for version in published} == {1}


async def test_a_publication_goes_with_the_callers_transaction(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        await Workspace(connection, project_id).write("index.html", "one")
        async with connection.transaction(force_rollback=True):
            await publish(connection, project_id)
        (project,) = await list_projects(connection, USER)
        assert project.current_version is None


async def test_a_project_that_is_gone_cannot_be_published(pool: Pool) -> None:
    async with pool.connection() as connection:
        with pytest.raises(WorkspaceError, match="does not exist any more"):
            await publish(connection, uuid4())


def test_of_what_is_new_from_end_to_end_only_that_is_said() -> None:
    rules = [f".a{number} {{ color: red }}" for number in range(60)]
    redone = [line.replace("red", "green") for line in rules]
    before = {"app.css": "\n".join(rules), "app.js": "\n".join(rules)}
    now = {"app.css": "\n".join(redone), "app.js": "\n".join(redone), "new.js": "\n".join(redone)}

    told = changed_lines(before, now)

    assert "+++ now/app.css\n[new, nearly from end to end]" in told
    assert "+++ now/new.js\n[new, nearly from end to end]" in told
    assert told.count("\n-.a") == 60, "what is gone from a script may be missed"
    one = before | {"app.css": "\n".join([*rules[:-1], ".b { color: red }"])}
    assert "+.b { color: red }" in changed_lines(before, one)


async def test_what_is_different_from_what_is_online_can_be_read(pool: Pool) -> None:
    async with pool.connection() as connection:
        project_id = await new_project(connection)
        workspace = Workspace(connection, project_id)
        await workspace.write("index.html", "<h1>\none\n")
        assert await read_published_texts(connection, project_id) == {}
        await publish(connection, project_id)
        await workspace.write("index.html", "<h1>\ntwo\n")
        await workspace.write("app.js", "go()\n")

        online = await read_published_texts(connection, project_id)
        different = changed_lines(online, await workspace.read_texts())

    assert online == {"index.html": "<h1>\none\n"}
    assert [line for line in different.splitlines() if line[0] in "+-"] == [
        *("--- before/app.js", "+++ now/app.js", "+go()"),
        *("--- before/index.html", "+++ now/index.html", "-one", "+two"),
    ]
