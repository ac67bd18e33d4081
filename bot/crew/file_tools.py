"""Tools that read and change the project's files."""

from hashlib import sha256

from pydantic import Field

from bot.crew.briefs import measure
from bot.crew.images import stored_picture
from bot.crew.tools import (
    RESULT_LIMIT,
    InTransaction,
    NoInput,
    Tool,
    ToolContent,
    ToolInput,
    TransactionContext,
)
from bot.markup.readers import Verbatim
from bot.projects.workspace import MAX_FILE_SIZE
from bot.sites.file_types import TEXT_TYPES, is_picture

_TYPES = ", ".join(f".{ending}" for ending in TEXT_TYPES)


class Path(ToolInput):
    """A file of the project."""

    path: Verbatim = Field(description="such as index.html or pictures/logo.png; folders by /")


class WholeFile(Path):
    """A file and all that it shall hold."""

    content: Verbatim = Field(description="all of the file, from its first to its last line")


class Replacement(Path):
    """A piece that occurs once in the file, and what takes its place."""

    old: Verbatim = Field(description="exactly as in the file, white space too; occurs once")
    new: Verbatim = Field(description="what stands there then; empty to delete the piece")


async def _list_files(context: TransactionContext, _: NoInput) -> str:
    files = await context.files.list_files()
    rows = [f"{file.path} ({measure(file)}, {file.size} bytes)" for file in files]
    return "\n".join(rows) or "The project has no files yet."


async def _read_file(context: TransactionContext, which: Path) -> ToolContent:
    if is_picture(which.path):
        content = await context.files.read_bytes(which.path)
        return [stored_picture(sha256(content).hexdigest())]
    return await context.files.read(which.path)


async def _write_file(context: TransactionContext, file: WholeFile) -> str:
    written = await context.files.write(file.path, file.content)
    return f"Wrote {written.path}: {written.lines} lines, {written.size} bytes."


async def _replace_in_file(context: TransactionContext, change: Replacement) -> str:
    written = await context.files.replace(change.path, change.old, change.new)
    return f"Changed {written.path}: now {written.lines} lines, {written.size} bytes."


async def _delete_file(context: TransactionContext, which: Path) -> str:
    await context.files.delete(which.path)
    return f"Deleted {which.path}."


READ_TOOLS = (
    Tool(
        name="list_files",
        description="List the project's files with their lines and bytes. Your brief has the list"
        " as it was when you began.",
        input=NoInput,
        runs=InTransaction(_list_files),
    ),
    Tool(
        name="read_file",
        description="Read one file of the project whole, or look at a picture of it. What is longer"
        f" than {RESULT_LIMIT:,} characters is cut. No need to read what you have just written.",
        input=Path,
        runs=InTransaction(_read_file),
    ),
)

FILE_TOOLS = (
    *READ_TOOLS,
    Tool(
        name="write_file",
        description="Create a file, or overwrite an existing one, whole. For a small change of a"
        f" file that exists take replace_in_file. At most {MAX_FILE_SIZE:,} bytes; the name ends"
        f" with {_TYPES}. Answers with lines and bytes.",
        input=WholeFile,
        runs=InTransaction(_write_file),
        outcome_lasts=True,
    ),
    Tool(
        name="replace_in_file",
        description="Replace a piece of text that occurs exactly once in the file. Where it occurs"
        " more often, or not at all, nothing is changed and you are told; give more of its"
        " surroundings then.",
        input=Replacement,
        runs=InTransaction(_replace_in_file),
        outcome_lasts=True,
    ),
    Tool(
        name="delete_file",
        description="Delete one file of the project that nothing uses any more.",
        input=Path,
        runs=InTransaction(_delete_file),
        outcome_lasts=True,
    ),
)
