from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.errors import WorkspaceError
from bot.projects.projects import create_project, list_projects
from bot.projects.versions import publish
from bot.projects.workspace import MAX_FILE_SIZE, MAX_FILES, MAX_PROJECT_SIZE, Workspace
from tests.users import add_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
USER = "a" * 32
BASE = "https://apps.example.com"


async def count(connection: AsyncConnection, table: str) -> int:
    cursor = await connection.execute(f"SELECT count(*) FROM {table}".encode())
    row: Any = await cursor.fetchone()
    return int(row[0])


async def new_workspace(connection: AsyncConnection) -> Workspace:
    await add_user(connection, USER)
    project = await create_project(connection, user_id=USER, title="Todo")
    return Workspace(connection, project.project_id)


async def test_what_is_written_is_read_back_byte_for_byte(pool: Pool) -> None:
    text = "<h1>Grüße 🎉</h1>\r\n\tlast line without end"
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        file = await workspace.write("index.html", text)
        assert await workspace.read("index.html") == text
        assert await workspace.list_files() == [file]
    assert (file.size, file.lines) == (len(text.encode()), 2)
    assert file.sha256 == sha256(text.encode()).hexdigest()


async def test_files_are_listed_by_path_and_deleted(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        for path in ("b.css", "a/z.js", "index.html"):
            await workspace.write(path, "")
        await workspace.delete("b.css")
        assert [file.path for file in await workspace.list_files()] == ["a/z.js", "index.html"]
        assert [file.lines for file in await workspace.list_files()] == [0, 0]


async def test_a_missing_file_is_named_with_those_that_exist(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        with pytest.raises(WorkspaceError, match="none yet"):
            await workspace.read("index.html")
        await workspace.write("app.js", "")
        with pytest.raises(WorkspaceError, match=r"files: app\.js"):
            await workspace.delete("index.html")


async def test_a_unique_piece_is_replaced_as_it_is(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        await workspace.write("app.js", "let a = 1;\nlet b = 1;\n")
        file = await workspace.replace("app.js", "b = 1", r"b = '\1\g<0>'")
        assert await workspace.read("app.js") == "let a = 1;\nlet b = '\\1\\g<0>';\n"
        assert file.lines == 2


async def test_a_piece_that_is_missing_or_not_unique_is_counted_and_nothing_changes(
    pool: Pool,
) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        await workspace.write("app.js", "x x x")
        with pytest.raises(WorkspaceError, match="occurs 3 times"):
            await workspace.replace("app.js", "x", "y")
        with pytest.raises(WorkspaceError, match="does not occur"):
            await workspace.replace("app.js", "z", "y")
        with pytest.raises(WorkspaceError, match="empty"):
            await workspace.replace("app.js", "", "y")
        assert await workspace.read("app.js") == "x x x"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a\0b", "binary"),
        ("\ud83d", "surrogate"),
        ("x" * (MAX_FILE_SIZE + 1), f"may have {MAX_FILE_SIZE}"),
        ("é" * (MAX_FILE_SIZE // 2 + 1), f"may have {MAX_FILE_SIZE}"),
    ],
)
async def test_content_that_is_not_text_or_too_large_is_refused(
    pool: Pool, content: str, sentence: str
) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        with pytest.raises(WorkspaceError, match=sentence):
            await workspace.write("index.html", content)
        assert await workspace.list_files() == []


async def test_number_and_size_of_the_files_are_limited(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        for number in range(MAX_PROJECT_SIZE // MAX_FILE_SIZE):
            await workspace.write(f"{number}.txt", "x" * MAX_FILE_SIZE)
        with pytest.raises(WorkspaceError, match=f"may have {MAX_PROJECT_SIZE}"):
            await workspace.write("more.txt", "x")
        await workspace.write("0.txt", "")
        for number in range(MAX_FILES):
            await workspace.write(f"{number}.txt", "")
        with pytest.raises(WorkspaceError, match=f"may have {MAX_FILES}"):
            await workspace.write("more.txt", "")
        await workspace.write("0.txt", "one that exists may change")


async def test_changes_belong_to_the_callers_transaction(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        await workspace.write("index.html", "before")
        async with connection.transaction(force_rollback=True):
            await workspace.write("index.html", "after")
        assert await workspace.read("index.html") == "before"


async def test_a_refusal_leaves_the_callers_transaction_usable(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        async with connection.transaction():
            with pytest.raises(WorkspaceError):
                await workspace.write("../x.html", "")
            with pytest.raises(WorkspaceError):
                await workspace.replace("missing.html", "a", "b")
            await workspace.write("index.html", "")
        assert len(await workspace.list_files()) == 1


async def test_overwritten_contents_are_dropped_unless_a_version_shows_them(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        for text in ("one", "two", "three"):
            await workspace.write("index.html", text)
        assert await count(connection, "blob") == 1
        (project,) = await list_projects(connection, USER)
        await publish(
            connection, project_id=project.project_id, request_id=uuid4(), sites_base_url=BASE
        )
        await workspace.write("index.html", "four")
        assert await count(connection, "blob") == 2


async def test_projects_do_not_see_each_other(pool: Pool) -> None:
    async with pool.connection() as connection:
        mine, other = await new_workspace(connection), await new_workspace(connection)
        await mine.write("index.html", "mine")
        assert await other.list_files() == []
        with pytest.raises(WorkspaceError):
            await other.read("index.html")


async def test_work_counts_as_an_update_of_the_project(pool: Pool) -> None:
    async with pool.connection() as connection:
        first = await new_workspace(connection)
        await new_workspace(connection)
        before = await list_projects(connection, USER)
        await first.write("index.html", "")
        after = await list_projects(connection, USER)
        assert [p.project_id for p in after] == [p.project_id for p in reversed(before)]


async def test_deleting_the_user_deletes_everything_of_theirs(pool: Pool) -> None:
    async with pool.connection() as connection:
        workspace = await new_workspace(connection)
        await workspace.write("index.html", "")
        (project,) = await list_projects(connection, USER)
        await publish(
            connection, project_id=project.project_id, request_id=uuid4(), sites_base_url=BASE
        )
        await connection.execute("DELETE FROM contact")
        for table in ("project", "blob", "workspace_file", "version", "version_file"):
            assert await count(connection, table) == 0
        with pytest.raises(WorkspaceError, match="does not exist any more"):
            await workspace.write("index.html", "")
