"""Tools that read and change the project's files."""

from hashlib import sha256

from bot.crew.briefs import measure
from bot.crew.images import stored_picture
from bot.crew.tools import InTransaction, NoInput, Tool, ToolContent, ToolInput, TransactionContext
from bot.markup.readers import Verbatim
from bot.sites.file_types import is_picture


class Path(ToolInput):
    """A file of the project."""

    path: Verbatim


class WholeFile(Path):
    """A file and all that it shall hold."""

    content: Verbatim


class Replacement(Path):
    """A piece that occurs once in the file, and what takes its place."""

    old: Verbatim
    new: Verbatim


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
        description="List the project's files with their sizes.",
        input=NoInput,
        runs=InTransaction(_list_files),
    ),
    Tool(
        name="read_file",
        description="Read one file of the project, or look at a picture of it.",
        input=Path,
        runs=InTransaction(_read_file),
    ),
)

FILE_TOOLS = (
    *READ_TOOLS,
    Tool(
        name="write_file",
        description="Create a file, or overwrite an existing one, whole.",
        input=WholeFile,
        runs=InTransaction(_write_file),
        outcome_lasts=True,
    ),
    Tool(
        name="replace_in_file",
        description="Replace a piece of text that occurs exactly once in the file.",
        input=Replacement,
        runs=InTransaction(_replace_in_file),
        outcome_lasts=True,
    ),
    Tool(
        name="delete_file",
        description="Delete one file of the project.",
        input=Path,
        runs=InTransaction(_delete_file),
        outcome_lasts=True,
    ),
)
