"""The tools an agent may use on its project.

A tool is a name, a description for the model, a typed input and a coroutine. It runs inside the
transaction that stores its result, so a crash undoes both or neither.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.crew.briefs import measure
from bot.crew.sight import stored_picture
from bot.errors import WorkspaceError
from bot.model.calls import Block
from bot.model.structured import complaint, strict_schema
from bot.projects.types import is_picture
from bot.projects.versions import publish
from bot.projects.workspace import Workspace

RESULT_LIMIT = 60_000  # characters of one result; what is cut is said


class ToolInput(BaseModel):
    """The input of a tool; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NoInput(ToolInput):
    """A tool that needs nothing."""


class Path(ToolInput):
    """A file of the project."""

    path: str


class WholeFile(Path):
    """A file and all that it shall hold."""

    content: str


class Replacement(Path):
    """A piece that occurs once in the file, and what takes its place."""

    old: str
    new: str


class NotedDecision(ToolInput):
    """Something that is settled."""

    decision: str
    reason: str
    rejected: list[str] = Field(description="alternatives that were considered and not taken")


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a tool runs: an open transaction and the one project it may touch."""

    connection: AsyncConnection
    project_id: UUID
    request_id: UUID
    sites_base_url: str

    @property
    def files(self) -> Workspace:
        """The project's files."""
        return Workspace(self.connection, self.project_id)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool as the model sees it (`specification`) and as we run it (`run`).

    `outcome_lasts` where whoever works on later finds what it did, without its result.
    """

    name: str
    description: str
    input: type[ToolInput]
    run: Callable[[Workplace, Any], Awaitable[str | list[Block]]]
    outcome_lasts: bool = False

    @property
    def specification(self) -> dict[str, Any]:
        """The tool's definition for the Messages API."""
        return {
            "name": self.name,
            "description": self.description,
            "input_schema": strict_schema(self.input),
            "strict": True,
        }


async def use_tool(workplace: Workplace, tools: tuple[Tool, ...], use: Block) -> Block:
    """Run one `tool_use` block and return its `tool_result`.

    What the agent can mend (bad input, a path that is not allowed) comes back as an error result.
    """
    answer, failed = await _run(workplace, {tool.name: tool for tool in tools}, use)
    content = bounded(answer) if isinstance(answer, str) else answer
    result: Block = {"type": "tool_result", "tool_use_id": use["id"], "content": content}
    return {**result, "is_error": True} if failed else result


async def _run(
    workplace: Workplace, tools: dict[str, Tool], use: Block
) -> tuple[str | list[Block], bool]:
    tool = tools.get(use["name"])
    if tool is None:
        return f"There is no tool {use['name']}; there are {', '.join(sorted(tools))}.", True
    try:
        arguments = tool.input.model_validate(use["input"])
    except ValidationError as error:
        return complaint(error), True
    try:
        # A savepoint: what a refused operation began is undone, the other results stay.
        async with workplace.connection.transaction():
            return await tool.run(workplace, arguments), False
    except WorkspaceError as error:
        return str(error), True


def bounded(text: str) -> str:
    """A result of a size that an agent can read; what is cut is said."""
    if len(text) <= RESULT_LIMIT:
        return text
    return f"{text[:RESULT_LIMIT]}\n[cut: {len(text) - RESULT_LIMIT} more characters]"


async def _list_files(workplace: Workplace, _: NoInput) -> str:
    files = await workplace.files.list_files()
    rows = [f"{file.path} ({measure(file)}, {file.size} bytes)" for file in files]
    return "\n".join(rows) or "The project has no files yet."


async def _read_file(workplace: Workplace, which: Path) -> str | list[Block]:
    if is_picture(which.path):
        content = await workplace.files.read_bytes(which.path)
        return [stored_picture(sha256(content).hexdigest())]
    return await workplace.files.read(which.path)


async def _write_file(workplace: Workplace, file: WholeFile) -> str:
    written = await workplace.files.write(file.path, file.content)
    return f"Wrote {written.path}: {written.lines} lines, {written.size} bytes."


async def _replace_in_file(workplace: Workplace, change: Replacement) -> str:
    written = await workplace.files.replace(change.path, change.old, change.new)
    return f"Changed {written.path}: now {written.lines} lines, {written.size} bytes."


async def _delete_file(workplace: Workplace, which: Path) -> str:
    await workplace.files.delete(which.path)
    return f"Deleted {which.path}."


async def _publish_version(workplace: Workplace, _: NoInput) -> str:
    published = await publish(
        workplace.connection,
        project_id=workplace.project_id,
        request_id=workplace.request_id,
        sites_base_url=workplace.sites_base_url,
    )
    return PublishedVersion(
        version=published.number, url=published.url, version_url=published.version_url
    ).model_dump_json()


async def _note_decision(_: Workplace, noted: NotedDecision) -> str:
    # The call itself is the note: it is stored with the turn and read from there at a handoff.
    return f"Noted, and closed: {noted.decision}"


class PublishedVersion(BaseModel):
    """What `publish_version` answers: the version and its links."""

    version: int
    url: str
    version_url: str


READ_TOOLS = (
    Tool(
        name="list_files",
        description="List the project's files with their sizes.",
        input=NoInput,
        run=_list_files,
    ),
    Tool(
        name="read_file",
        description="Read one file of the project, or look at a picture of it.",
        input=Path,
        run=_read_file,
    ),
)

FILE_TOOLS = (
    *READ_TOOLS,
    Tool(
        name="write_file",
        description="Create a file, or write an existing one anew, whole.",
        input=WholeFile,
        run=_write_file,
        outcome_lasts=True,
    ),
    Tool(
        name="replace_in_file",
        description="Replace a piece of text that occurs exactly once in the file.",
        input=Replacement,
        run=_replace_in_file,
        outcome_lasts=True,
    ),
    Tool(
        name="delete_file",
        description="Delete one file of the project.",
        input=Path,
        run=_delete_file,
        outcome_lasts=True,
    ),
)

NOTE_DECISION = Tool(
    name="note_decision",
    description=(
        "Note a decision that whoever works on this after you must not reopen, with its reason."
    ),
    input=NotedDecision,
    run=_note_decision,
    outcome_lasts=True,
)

PUBLISH = Tool(
    name="publish_version",
    description="Publish the project's files as a new version and get its links.",
    input=NoInput,
    run=_publish_version,
    outcome_lasts=True,
)
