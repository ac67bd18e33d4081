"""The prompt that an agent began with and keeps, whatever a later release tells new ones."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from psycopg import AsyncConnection

from bot.crew.assignment import Assignment
from bot.crew.tools import Tool
from bot.model.structured import strict_schema
from handoffs.lifecycle import Agent
from handoffs.prompts import AgentPrompt, keep_prompt, load_prompt

if TYPE_CHECKING:
    from anthropic.types import ToolParam


@dataclass(frozen=True, kw_only=True)
class KeptPrompt:
    """An agent's prompt, and those of its tools that are still there.

    `is_schema_outdated` where this release wants the answer in another form, `are_tools_outdated`
    where one of them takes another input by now: the agent goes on giving it the one of then.
    """

    prompt: AgentPrompt
    tools: tuple[Tool, ...]
    is_schema_outdated: bool
    are_tools_outdated: bool

    @property
    def specifications(self) -> "list[ToolParam]":
        """The tools as they were defined, also those that are not there any more."""
        return [cast("ToolParam", tool) for tool in self.prompt.tools]


async def load_or_keep_prompt(
    connection: AsyncConnection, assignment: Assignment, agent: Agent, *, has_begun: bool = True
) -> KeptPrompt:
    """The agent's prompt; for one that has said nothing yet this release's is kept."""
    kept = await load_prompt(connection, agent.agent_id)
    current = _current(assignment)
    if kept is None or not (has_begun or kept == current):
        await keep_prompt(connection, agent.agent_id, current)
        kept = current
    inputs = {tool["name"]: tool["input_schema"] for tool in kept.tools}
    return KeptPrompt(
        prompt=kept,
        tools=tuple(tool for tool in assignment.spec.tools if tool.name in inputs),
        is_schema_outdated=kept.schema != current.schema,
        are_tools_outdated=any(
            inputs.get(tool["name"], tool["input_schema"]) != tool["input_schema"]
            for tool in current.tools
        ),
    )


def _current(assignment: Assignment) -> AgentPrompt:
    spec = assignment.spec
    return AgentPrompt(
        system=spec.prompt,
        tools=[cast("dict[str, Any]", tool.specification) for tool in spec.tools],
        schema=strict_schema(spec.answer) if spec.answer else None,
        effort=_effort(assignment),
    )


def _effort(assignment: Assignment) -> str:
    spec, plan = assignment.spec, assignment.build.plan or {}
    effort = spec.effort
    if spec.effort_if_complex and plan.get("estimated_complexity") == "complex":
        effort = spec.effort_if_complex
    return assignment.services.settings.model.effort_by_role.get(spec.agent_type, effort)
