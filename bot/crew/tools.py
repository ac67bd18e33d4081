"""The tools an agent may use on its project.

A tool is a name, a description for the model, a typed input and a coroutine. It runs inside the
transaction that stores its result, so a crash undoes both or neither.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import WorkspaceError
from bot.model.calls import Block
from bot.model.structured import complaint, strict_schema
from bot.projects.workspace import Workspace

RESULT_LIMIT = 60_000  # characters of one result; what is cut is said


class ToolInput(BaseModel):
    """The input of a tool; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NoInput(ToolInput):
    """A tool that needs nothing."""


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
