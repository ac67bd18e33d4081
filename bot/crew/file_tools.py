"""Tools that read and change the project's files."""

from hashlib import sha256

from pydantic import Field

from bot.attachments.kept_files import find_paper
from bot.attachments.naming import PAPERS
from bot.crew.briefs import measure
from bot.crew.excerpts import excerpt
from bot.crew.images import NO_TEXT, stored_picture
from bot.crew.papers import as_it_is, fitting, room_for_papers
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
from bot.projects.workspace import MAX_FILE_SIZE, MAX_FILES
from bot.sites.file_types import TEXT_TYPES, is_paper, is_picture

_TYPES = ", ".join(f".{ending}" for ending in TEXT_TYPES)


class FilePath(ToolInput):
    """A file of the project."""

    path: Verbatim = Field(description="such as index.html or pictures/logo.png; folders by /")


class Excerpt(FilePath):
    """A file, or some of its lines."""

    first_line: int | None = Field(
        default=None, description="the first line to read, counted from 1; null from the start"
    )
    last_line: int | None = Field(
        default=None, description="the last line to read, itself too; null to the end"
    )


class WholeFile(FilePath):
    """A file and all that it shall hold."""

    content: Verbatim = Field(description="all of the file, from its first to its last line")


class Replacement(FilePath):
    """A piece that occurs once in the file, and what takes its place."""

    old: Verbatim = Field(description="exactly as in the file, white space too; occurs once")
    new: Verbatim = Field(description="what stands there then; empty to delete the piece")


async def _list_files(context: TransactionContext, _: NoInput) -> str:
    files = await context.files.list_files()
    rows = [f"{file.path} ({measure(file)}, {file.size} bytes)" for file in files]
    return "\n".join(rows) or "The project has no files yet."


async def _read_file(context: TransactionContext, which: Excerpt) -> ToolContent:
    if is_picture(which.path):
        content = await context.files.read_bytes(which.path)
        return [stored_picture(sha256(content).hexdigest())]
    if is_paper(which.path):
        return await _read_paper(context, which)
    return _lines_of(context, which, await context.files.read(which.path))


async def _read_paper(context: TransactionContext, which: Excerpt) -> ToolContent:
    """What a PDF says; of one that says nothing its pages, for who is in the middle of work."""
    content = await context.files.read_bytes(which.path)
    digest = sha256(content).digest()
    paper = await find_paper(context.connection, context.project_id, digest)
    if paper is None or paper.says:
        return _lines_of(context, which, paper.says if paper else NO_TEXT)
    room = room_for_papers(context.budget, takes_over=True)
    no_room = f"(It is a scan of {paper.pages} pages, for which this conversation has no room.)"
    return [*as_it_is(paper, room)] or no_room


def _lines_of(context: TransactionContext, which: Excerpt, text: str) -> str:
    limit = _limit_of(context, which.path, text)
    return excerpt(which.path, text, which.first_line, which.last_line, limit)


def _limit_of(context: TransactionContext, path: str, text: str) -> int:
    """How many characters of a file are read at once; of a long paper what leaves room to work."""
    if path.startswith(f"{PAPERS}/"):
        room = fitting(text, context.budget.usable // 4)
        if room < len(text):
            return min(RESULT_LIMIT, room)
    return RESULT_LIMIT


async def _write_file(context: TransactionContext, file: WholeFile) -> str:
    written = await context.files.write(file.path, file.content)
    return f"Wrote {written.path}: {written.lines} lines, {written.size} bytes."


async def _replace_in_file(context: TransactionContext, change: Replacement) -> str:
    written = await context.files.replace(change.path, change.old, change.new)
    return f"Changed {written.path}: now {written.lines} lines, {written.size} bytes."


async def _delete_file(context: TransactionContext, which: FilePath) -> str:
    await context.files.delete(which.path)
    return f"Deleted {which.path}."


READ_TOOLS = (
    Tool(
        name="list_files",
        description=(
            "List the project's files, a line for each: path, lines (or that it is a picture) and "
            "bytes. Your brief has the list as it was when you began, and what you change is "
            "answered with its new size, so use this only when you no longer know what there is. "
            "It does not show what stands in the files: that is read_file."
        ),
        input=NoInput,
        runs=InTransaction(_list_files),
    ),
    Tool(
        name="read_file",
        description=(
            "Read one file of the project (of a PDF, what it says), or look at a picture or a scan "
            "of it. Use it before you change a "
            "file that you did not write yourself; give a range of lines where you know the place. "
            "Not for a file that you have just written or read. Gives the text to the letter, "
            f"without line numbers, at most {RESULT_LIMIT:,} characters: where lines are left out, "
            "the last line says in brackets which ones are shown and how to read on. A path that "
            "does not exist is answered with the names that do."
        ),
        input=Excerpt,
        runs=InTransaction(_read_file),
    ),
)

FILE_TOOLS = (
    *READ_TOOLS,
    Tool(
        name="write_file",
        description=(
            "Create a file, or overwrite an existing one, whole: what stood there is gone. Use it "
            "for a new file and where most of one changes; not for a small change of an existing "
            "file: that is replace_in_file. Text only, at most "
            f"{MAX_FILE_SIZE:,} bytes; a project has at most {MAX_FILES} files. The name ends with "
            f"{_TYPES}; pictures of yours are SVG. Answers with the file's lines and bytes; what "
            "is refused is answered with the reason, and nothing is written."
        ),
        input=WholeFile,
        runs=InTransaction(_write_file),
        outcome_lasts=True,
    ),
    Tool(
        name="replace_in_file",
        description=(
            "Replace a piece of text that occurs exactly once in an existing text file. Use it for "
            "small changes; several go in one turn, of one file too: they are made in their order, "
            "each on what the one before has left. Not for a file that you "
            "have not read: the piece must be there to the letter. Where it occurs more often or "
            "not at all, nothing is changed and you are told how often: give more of its "
            "surroundings then, or read the file; after two failures write the file whole. Answers "
            "with the new lines and bytes."
        ),
        input=Replacement,
        runs=InTransaction(_replace_in_file),
        outcome_lasts=True,
    ),
    Tool(
        name="delete_file",
        description=(
            "Delete one file of the project. Use it for a file that no other uses any more; "
            "to change what a file holds, overwrite it instead. It cannot be taken back within "
            "this work. Answers that it is deleted, or with the names that exist."
        ),
        input=FilePath,
        runs=InTransaction(_delete_file),
        outcome_lasts=True,
    ),
)
