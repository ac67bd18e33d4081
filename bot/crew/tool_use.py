"""Runs the tools that one answer of the model asks for, each when it says, and builds the results.

First what cannot run in a transaction: a question suspends the build until it is answered, a slow
tool runs alone, calls of other services all at once. The other tools run in the transaction in
which the caller stores the results.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from psycopg import AsyncConnection
from pydantic import ValidationError

from bot.crew.ask_user import wait_for_answers
from bot.crew.assignment import Assignment
from bot.crew.external_calls import ExternalCall, make_calls
from bot.crew.tools import (
    AtService,
    BeforeTransaction,
    HandsIn,
    InTransaction,
    Tool,
    ToolContent,
    ToolContext,
    ToolOutput,
    TransactionContext,
    WhenAnswered,
    bounded,
)
from bot.errors import WorkspaceError
from bot.model.structured import input_complaint
from handoffs.lifecycle import Agent
from telemetry.tool_spans import trace_tool

if TYPE_CHECKING:
    from anthropic.types import ToolResultBlockParam, ToolUseBlockParam

NOT_HANDED_IN = (
    "Nothing is handed in: a tool of the same answer failed, or its answer is to be read first. "
    "Go on, and hand in again."
)
USER_HAS_WRITTEN = (
    "Nothing is handed in: the user has just written. Work that in, and hand in again."
)
ALONE = "Use this tool alone: it looks at the files as they are when no other tool is at work."

Moment = TypeVar("Moment", WhenAnswered, HandsIn, BeforeTransaction, AtService)


class ToolUses:
    """The tool uses of one answer."""

    def __init__(
        self,
        assignment: Assignment,
        agent: Agent,
        tools: Sequence[Tool],
        uses: "Sequence[ToolUseBlockParam]",
    ) -> None:
        self._assignment = assignment
        self._agent = agent
        self._tools = {tool.name: tool for tool in tools}
        self._uses = uses
        self._outputs: dict[str, ToolOutput] = {}  # by the ids of the uses
        self.handed_in: str | None = None
        """The last words, where the answer handed in."""

    async def run_before_transaction(self) -> None:
        """Run what cannot run in the transaction that stores the results.

        Raises `WaitsForUser`, and `OwnershipLost` when the build is stopped or taken over.
        """
        questions = [use for _, _, use in self._that_run(WhenAnswered)]
        await wait_for_answers(self._assignment, self._agent, questions)
        for tool, runs, use in self._that_run(BeforeTransaction):
            with self._traced(use):
                self._outputs[use["id"]] = await self._run_alone(tool, runs, use)
        calls = [
            ExternalCall(at=runs, tool_use_id=use["id"], arguments=tool.arguments(use["input"]))
            for tool, runs, use in self._that_run(AtService)
        ]
        self._outputs |= await make_calls(self._assignment, self._agent, calls)

    async def run_in_transaction(
        self, connection: AsyncConnection, *, refusal: str | None = None
    ) -> "list[ToolResultBlockParam]":
        """Run the other tools in the open transaction; the results of all, in the answer's order.

        What the agent can fix (bad input, a path that is not allowed) is an error result. With a
        `refusal`, which says why, nothing can be handed in.
        """
        context = TransactionContext(
            connection=connection,
            budget=self._agent.budget,
            project_id=self._assignment.build.project_id,
            request_id=self._assignment.build.request_id,
            sites_base_url=self._assignment.services.settings.web.sites_base_url,
        )
        last = [use for _, _, use in self._that_run(HandsIn)]
        for use in self._uses:
            if use not in last and use["id"] not in self._outputs:
                with self._traced(use):
                    self._outputs[use["id"]] = await self._run(context, use)
        for use in last:
            with self._traced(use):
                self._outputs[use["id"]] = await self._hand_in(context, use, refusal)
        return [_tool_result(use, self._outputs[use["id"]]) for use in self._uses]

    @contextmanager
    def _traced(self, use: "ToolUseBlockParam") -> Iterator[None]:
        """Show a tool at work. A name that the model made up is not told."""
        with trace_tool(
            agent_id=self._agent.agent_id,
            agent_type=self._agent.agent_type,
            tool_name=use["name"] if use["name"] in self._tools else "unknown",
            call_id=use["id"],
        ) as span:
            yield
            is_error = self._outputs[use["id"]].is_error
            span.set_attribute("result_status", "error" if is_error else "ok")

    async def _hand_in(
        self, context: TransactionContext, use: "ToolUseBlockParam", refusal: str | None
    ) -> ToolOutput:
        has_failed = any(output.is_error for output in self._outputs.values())
        if refusal or has_failed or self._has_to_read():
            return _failed(refusal or NOT_HANDED_IN)
        output = await self._run(context, use)
        if not output.is_error:
            self.handed_in = self._tools[use["name"]].arguments(use["input"]).words
        return output

    def _has_to_read(self) -> bool:
        """Whether something was asked or looked up, the answer to which may change the work."""
        kinds = (WhenAnswered, BeforeTransaction, AtService)
        used = [self._tools[use["name"]] for use in self._uses if use["name"] in self._tools]
        return any(isinstance(tool.runs, kinds) for tool in used)

    def _that_run(self, moment: type[Moment]) -> "Iterator[tuple[Tool, Moment, ToolUseBlockParam]]":
        for use in self._uses:
            tool = self._tools.get(use["name"])
            if tool is not None and isinstance(tool.runs, moment):
                yield tool, tool.runs, use

    async def _run_alone(
        self, tool: Tool, runs: BeforeTransaction, use: "ToolUseBlockParam"
    ) -> ToolOutput:
        if len(self._uses) > 1:
            return _failed(ALONE)
        try:
            arguments = tool.arguments(use["input"])
        except ValidationError as error:
            return _failed(input_complaint(tool.name, error))
        context = ToolContext(
            services=self._assignment.services,
            lease=self._assignment.lease,
            build=self._assignment.build,
        )
        return _done(await runs.function(context, arguments))

    async def _run(self, context: TransactionContext, use: "ToolUseBlockParam") -> ToolOutput:
        tool = self._tools.get(use["name"])
        if tool is None or not isinstance(tool.runs, InTransaction):
            return self._unknown(use)
        try:
            arguments = tool.arguments(use["input"])
        except ValidationError as error:
            return _failed(input_complaint(tool.name, error))
        try:
            return _done(await tool.runs.function(context, arguments))
        except WorkspaceError as error:
            return _failed(str(error))

    def _unknown(self, use: "ToolUseBlockParam") -> ToolOutput:
        there_are = ", ".join(sorted(self._tools))
        return _failed(f"There is no tool {use['name']}; there are {there_are}.")


def _done(content: ToolContent) -> ToolOutput:
    return ToolOutput(content=bounded(content) if isinstance(content, str) else content)


def _failed(text: str) -> ToolOutput:
    return ToolOutput(content=bounded(text), is_error=True)


def _tool_result(use: "ToolUseBlockParam", output: ToolOutput) -> "ToolResultBlockParam":
    result: ToolResultBlockParam = {
        "type": "tool_result",
        "tool_use_id": use["id"],
        "content": output.content,
    }
    if output.is_error:
        result["is_error"] = True
    return result
