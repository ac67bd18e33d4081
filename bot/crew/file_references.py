"""Files of the project in a tool's arguments, by their names instead of their contents.

A model need not write a file out again to send it to a service: where an argument is
`workspace:index.html`, the service gets the content of that file. A program on this machine also
gets a folder with all files for `workspace:`; it is deleted after the call.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.errors import WorkspaceError
from bot.projects.workspace import Workspace

PREFIX = "workspace:"


@asynccontextmanager
async def with_named_files(
    pool: AsyncConnectionPool[AsyncConnection],
    project_id: UUID,
    arguments: dict[str, object],
    *,
    is_local: bool,
) -> AsyncIterator[dict[str, object]]:
    """The arguments with the files that they name. Raises `WorkspaceError` for one that is not."""
    names = set(_names(arguments))
    if not names:
        yield arguments
        return
    if "" in names and not is_local:
        raise WorkspaceError("only a program on this machine can take the folder of all files")
    with TemporaryDirectory(prefix="textcrew-files-") as folder:
        async with pool.connection() as connection:
            workspace = Workspace(connection, project_id)
            contents = {name: await workspace.read(name) for name in names if name}
            if "" in names:
                await _write_all(workspace, Path(folder))
                contents[""] = folder
        yield _filled(arguments, contents)


async def _write_all(workspace: Workspace, folder: Path) -> None:
    for file in await workspace.list_files():
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(await workspace.read_bytes(file.path))


def _names(value: Any) -> list[str]:
    match value:
        case str() if value.startswith(PREFIX):
            return [value.removeprefix(PREFIX)]
        case list():
            return [name for item in value for name in _names(item)]
        case dict():
            return [name for item in value.values() for name in _names(item)]
        case _:
            return []


def _filled(value: Any, contents: dict[str, str]) -> Any:
    match value:
        case str() if value.startswith(PREFIX):
            return contents[value.removeprefix(PREFIX)]
        case list():
            return [_filled(item, contents) for item in value]
        case dict():
            return {key: _filled(item, contents) for key, item in value.items()}
        case _:
            return value
