"""The files of a project while agents work on them.

Every method runs in the caller's transaction. Whatever is not allowed raises `WorkspaceError` with
a sentence that tells the agent what to do instead.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.collections.schemas import DEFINITIONS, check_definitions
from bot.errors import WorkspaceError
from bot.sites.file_types import PICTURE_TYPES, TEXT_TYPES, is_paper, is_picture, is_text
from bot.sites.paths import checked_path
from telemetry.named_sql import statements

MAX_FILES = 60
MAX_FILE_SIZE = 200_000  # bytes
MAX_PICTURE_SIZE = 1_000_000  # bytes
MAX_PROJECT_SIZE = 8_000_000  # bytes

SQL = statements("bot.projects", "workspace.sql")

NO_PROJECT = "This project does not exist any more."


@dataclass(frozen=True, kw_only=True)
class WorkspaceFile:
    """One file as it is now: size in bytes, sha256 in hexadecimal. Only a text has lines."""

    path: str
    size: int
    lines: int
    sha256: str


def manifest_of(files: Iterable[WorkspaceFile]) -> bytes:
    """One hash for the whole content: equal if and only if all paths and bytes are."""
    lines = sorted(f"{file.path}\0{file.sha256}\n" for file in files)
    return sha256("".join(lines).encode()).digest()


class Workspace:
    """Lists, reads and changes the files of one project."""

    def __init__(self, connection: AsyncConnection, project_id: UUID) -> None:
        self._connection = connection
        self._project_id = project_id

    async def list_files(self) -> list[WorkspaceFile]:
        """Return all files, ordered by path."""
        async with self._connection.cursor(row_factory=class_row(WorkspaceFile)) as cursor:
            await cursor.execute(SQL["list_files"], {"project_id": self._project_id})
            return await cursor.fetchall()

    async def read_texts(self) -> dict[str, str]:
        """Return the texts by path."""
        files = await self._read_all(TEXT_TYPES)
        return {path: data.decode("utf-8") for path, data in files.items()}

    async def read_pictures(self) -> dict[str, bytes]:
        """Return all pictures by path."""
        return await self._read_all(PICTURE_TYPES)

    async def list_papers(self) -> list[str]:
        """Return the paths of all papers."""
        return [file.path for file in await self.list_files() if is_paper(file.path)]

    async def read(self, path: str) -> str:
        """Return the file's text."""
        _check_text(path)
        return (await self.read_bytes(path)).decode("utf-8")

    async def read_bytes(self, path: str) -> bytes:
        """Return what the file holds, whatever it is."""
        cursor = await self._connection.execute(SQL["read_content"], self._key(path))
        row = await cursor.fetchone()
        if row is None:
            raise await self._missing(path)
        return bytes(row[0])

    async def _read_to_change(self, path: str) -> str:
        _check_text(path)
        cursor = await self._connection.execute(SQL["read_content_to_change"], self._key(path))
        row = await cursor.fetchone()
        assert row is not None  # a function always answers
        is_there, content = row
        if not is_there:
            raise WorkspaceError(NO_PROJECT)
        if content is None:
            raise await self._missing(path)
        return bytes(content).decode("utf-8")

    async def _read_all(self, types: Iterable[str]) -> dict[str, bytes]:
        cursor = await self._connection.execute(
            SQL["read_contents"], {"project_id": self._project_id, "types": list(types)}
        )
        return {path: bytes(content) for path, content in await cursor.fetchall()}

    async def write(self, path: str, content: str) -> WorkspaceFile:
        """Make the file, or replace all of it, and return what it is now."""
        data = _checked_content(path, content)
        if path == DEFINITIONS:
            check_definitions(content)
        file = WorkspaceFile(
            path=path,
            size=len(data),
            lines=content.count("\n") + (content != "" and not content.endswith("\n")),
            sha256=sha256(data).hexdigest(),
        )
        await self._put(file, data)
        return file

    async def write_picture(self, path: str, content: bytes) -> WorkspaceFile:
        """Make the picture, or replace it. It must be one: nobody looks any more."""
        if not is_picture(path) or len(content) > MAX_PICTURE_SIZE:
            raise WorkspaceError(f"{path!r} is not a picture, or has more than a megabyte.")
        file = WorkspaceFile(
            path=path, size=len(content), lines=0, sha256=sha256(content).hexdigest()
        )
        await self._put(file, content)
        return file

    async def replace(self, path: str, old: str, new: str) -> WorkspaceFile:
        """Replace the one place where `old` stands by `new`."""
        if not old:
            raise WorkspaceError("The text to replace is empty; give the piece that is to change.")
        async with self._connection.transaction():
            content = await self._read_to_change(path)
            matches = content.count(old)
            if matches != 1:
                raise WorkspaceError(_ambiguous(path, matches))
            return await self.write(path, content.replace(old, new))

    async def delete(self, path: str) -> None:
        """Remove the file."""
        async with self._changing():
            cursor = await self._connection.execute(SQL["delete_file"], self._key(path))
            if await cursor.fetchone() is None:
                raise await self._missing(path)
            await self._discard_unused()

    async def _put(self, file: WorkspaceFile, data: bytes) -> None:
        values = {
            **self._key(file.path),
            "sha256": bytes.fromhex(file.sha256),
            "content": data,
            "lines": file.lines,
            "most_files": MAX_FILES,
            "most_bytes": MAX_PROJECT_SIZE,
        }
        row = await (await self._connection.execute(SQL["put_file"], values)).fetchone()
        assert row is not None  # a function always answers
        is_there, count, size = row
        if not is_there:
            raise WorkspaceError(NO_PROJECT)
        if count >= MAX_FILES:
            raise WorkspaceError(
                f"The project already has {count} files and may have {MAX_FILES}; "
                "delete one that is not needed or put this into an existing one."
            )
        if size + file.size > MAX_PROJECT_SIZE:
            raise WorkspaceError(
                f"The project would have {size + file.size} bytes and may have "
                f"{MAX_PROJECT_SIZE}; make the files smaller or delete some."
            )

    def _key(self, path: str) -> dict[str, object]:
        return {"project_id": self._project_id, "path": checked_path(path)}

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        """Make several statements one change, and the only one that the project sees meanwhile."""
        async with self._connection.transaction():
            cursor = await self._connection.execute(
                SQL["touch_project"], {"project_id": self._project_id}
            )
            if await cursor.fetchone() is None:
                raise WorkspaceError(NO_PROJECT)
            yield

    async def _discard_unused(self) -> None:
        await self._connection.execute(
            SQL["discard_unused_contents"], {"project_id": self._project_id}
        )

    async def _missing(self, path: str) -> WorkspaceError:
        names = ", ".join(file.path for file in await self.list_files()) or "none yet"
        return WorkspaceError(f"There is no file {path!r}. The project's files: {names}.")


def _check_text(path: str) -> None:
    """Raises `WorkspaceError` for a file that has no lines to read or change."""
    if not is_text(path):
        what = "picture" if is_picture(path) else "PDF"
        raise WorkspaceError(f"{path!r} is a {what}, which has no text.")


def _checked_content(path: str, content: str) -> bytes:
    """Return the bytes to keep, exactly what was written."""
    if is_picture(path):
        raise WorkspaceError(f"{path!r} would be a picture; draw your own ones as svg.")
    if is_paper(path):
        raise WorkspaceError(f"{path!r} would be a PDF, and only users send these; write text.")
    if "\0" in content:
        raise WorkspaceError(f"{path!r} holds binary data; write text.")
    try:
        data = content.encode("utf-8")
    except UnicodeEncodeError:
        raise WorkspaceError(
            f"{path!r} holds half of a surrogate pair; write the whole character."
        ) from None
    if len(data) > MAX_FILE_SIZE:
        raise WorkspaceError(
            f"{path!r} would have {len(data)} bytes and may have {MAX_FILE_SIZE}; "
            "split it into several files or make it smaller."
        )
    return data


def _ambiguous(path: str, matches: int) -> str:
    if matches == 0:
        return (
            f"The text to replace does not occur in {path!r}. Read the file and give the piece "
            "exactly as it stands there, with its spaces and line breaks."
        )
    return (
        f"The text to replace occurs {matches} times in {path!r}. Give more of the text around "
        "it, so that it occurs once."
    )
