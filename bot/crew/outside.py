"""Calls that do something outside the database, which no transaction can undo.

They are made before the transaction that stores the turn's results, all of an answer at once. Each
is on record before it begins and when it has ended. So one that a crash cut off is not made again
silently: the agent is told that its outcome is unknown, unless the service says that repeating it
does no harm.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row, scalar_row

from bot.cancellation import end
from bot.crew.assignment import Assignment
from bot.crew.deployments import REPORT_DEPLOYMENT, SERVER, report_deployment
from bot.crew.named_files import with_named_files
from bot.crew.tools import bounded
from bot.errors import (
    CallOutcomeUnknown,
    LinkRefused,
    RequestRefused,
    ServerUnavailable,
    ToolCallFailed,
    WorkspaceError,
)
from bot.mcp.servers import OfferedTool, from_json
from bot.model.calls import Block
from bot.projects.ownership import while_owner
from handoffs.lifecycle import Agent
from telemetry.named_sql import statements
from telemetry.spans import mark_failed, trace_mcp_tool

SQL = statements("bot.crew", "outside.sql")

log = logging.getLogger(__name__)

CUT_OFF = (
    "This call was cut off while it ran, so nobody knows whether it did its work. Look at the "
    "state of things before you make it again."
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a call ended, and what the agent reads."""

    status: Literal["ok", "error", "unavailable", "unknown"]
    text: str


async def take_offer(
    assignment: Assignment, agent: Agent, *, has_begun: bool
) -> tuple[OfferedTool, ...]:
    """The tools of other services that the agent may use: always the ones it was offered first."""
    if has_begun:
        async with assignment.claim.hold() as connection:
            await _inherit(connection, agent)
            return await load_offer(connection, agent)
    tools = await assignment.services.mcp.offer(agent.agent_type)
    if not tools:
        return ()
    if agent.agent_type == "devops":
        tools.append(REPORT_DEPLOYMENT)
    async with assignment.claim.hold() as connection:
        kept = json.dumps([tool.as_json() for tool in tools])
        await connection.execute(SQL["keep_offer"], {"agent_id": agent.agent_id, "tools": kept})
        return await load_offer(connection, agent)


async def _inherit(connection: AsyncConnection, agent: Agent) -> None:
    """One that goes on with another's turns has the same tools, and has made the same calls."""
    if agent.continuation_mode == "resumed":
        both = {"agent_id": agent.agent_id, "predecessor_agent_id": agent.predecessor_agent_id}
        await connection.execute(SQL["inherit_offer"], both)
        await connection.execute(SQL["inherit_calls"], both)


async def leave_out(
    assignment: Assignment, agent: Agent, offer: Sequence[OfferedTool], refusal: RequestRefused
) -> tuple[OfferedTool, ...]:
    """The offer without the tool that the API does not take; raises `refusal` if it names none."""
    left = tuple(tool for tool in offer if tool.name != refusal.tool)
    if len(left) == len(offer):
        raise refusal
    log.warning("%s does without the tool %s: %s", agent.agent_id, refusal.tool, refusal)
    async with assignment.claim.hold() as connection:
        kept = json.dumps([tool.as_json() for tool in left])
        await connection.execute(SQL["replace_offer"], {"agent_id": agent.agent_id, "tools": kept})
    return left


async def load_offer(connection: AsyncConnection, agent: Agent) -> tuple[OfferedTool, ...]:
    """The tools that the agent was offered when it began."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["load_offer"], {"agent_id": agent.agent_id})
        kept: str | None = await cursor.fetchone()
    return tuple(from_json(json.loads(kept))) if kept else ()


async def use_outside_tools(
    assignment: Assignment, agent: Agent, offer: Sequence[OfferedTool], uses: Sequence[Block]
) -> dict[str, Block]:
    """Make the calls among `uses` that leave the house, at the same time; results by `tool_use` id.

    Raises `OwnershipLost` as soon as the build is stopped or taken over.
    """
    offered = {tool.name: tool for tool in offer}
    calls = [
        _Call(assignment, agent, offered[use["name"]], use)
        for use in uses
        if use["name"] in offered
    ]
    if not calls:
        return {}
    ownership = assignment.services.ownership
    results = await while_owner(assignment.claim, ownership, _all(calls))
    return {result["tool_use_id"]: result for result in results}


async def _all(calls: list["_Call"]) -> list[Block]:
    tasks = [asyncio.create_task(call.once()) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await end(*tasks)


class _Call:
    """One call of an agent."""

    def __init__(self, assignment: Assignment, agent: Agent, tool: OfferedTool, use: Block) -> None:
        self._assignment = assignment
        self._agent = agent
        self._tool = tool
        self._use = use

    async def once(self) -> Block:
        """Make the call unless it was made before, and keep how it ended."""
        outcome = await self._begin()
        if outcome is None:
            outcome = await self._make()
            async with self._assignment.claim.hold() as connection:
                await connection.execute(
                    SQL["end_call"],
                    {**self._key, "status": outcome.status, "result": outcome.text},
                )
        result: Block = {
            "type": "tool_result",
            "tool_use_id": self._use["id"],
            "content": outcome.text,
        }
        return result if outcome.status == "ok" else {**result, "is_error": True}

    @property
    def _key(self) -> dict[str, str]:
        return {"agent_id": self._agent.agent_id, "tool_use_id": self._use["id"]}

    async def _begin(self) -> Outcome | None:
        """Note that the call begins; what is known of it if that was noted before."""
        row = {**self._key, "server": self._tool.server, "tool": self._tool.tool}
        async with self._assignment.claim.hold() as connection:
            cursor = await connection.execute(SQL["begin_call"], row)
            if await cursor.fetchone():
                return None
            async with connection.cursor(row_factory=kwargs_row(_to_outcome)) as known:
                await known.execute(SQL["load_call"], self._key)
                outcome = await known.fetchone()
        if outcome is None and not self._tool.is_repeatable:
            return Outcome(status="unknown", text=CUT_OFF)
        return outcome

    async def _make(self) -> Outcome:
        if self._tool.server == SERVER:
            return await self._report_deployment()
        with trace_mcp_tool(
            agent_id=self._agent.agent_id, tool_name=self._tool.tool, server=self._tool.server
        ) as span:
            outcome = await self._ask_server()
            span.set_attribute("result_status", outcome.status)
            if outcome.status != "ok":
                mark_failed(span, outcome.status)
        return outcome

    async def _ask_server(self) -> Outcome:
        services = self._assignment.services
        try:
            connection = services.mcp.connection(self._tool.server)
            async with with_named_files(
                services.pool,
                self._assignment.build.project_id,
                self._use["input"],
                is_local=connection.configuration.command is not None,
            ) as arguments:
                result = await connection.call(self._tool.tool, arguments)
        except (ServerUnavailable, WorkspaceError) as error:
            return Outcome(status="unavailable", text=f"Nothing was called: {error}")
        except ToolCallFailed as error:
            return Outcome(status="error", text=bounded(str(error)))
        except CallOutcomeUnknown as error:
            return Outcome(
                status="unknown",
                text=f"{error}. Whether it did its work is unknown; look before you try again.",
            )
        from bot.mcp.results import text_of  # the library is there by now

        return Outcome(status="error" if result.is_error else "ok", text=bounded(text_of(result)))

    async def _report_deployment(self) -> Outcome:
        servers = self._assignment.services.mcp.allowed(self._agent.agent_type)
        try:
            text = await report_deployment(self._use["input"], servers)
        except LinkRefused as error:
            return Outcome(status="error", text=str(error))
        return Outcome(status="ok", text=text)


def _to_outcome(
    *, status: Literal["ok", "error", "unavailable", "unknown"] | None, result: str | None
) -> Outcome | None:
    return None if status is None else Outcome(status=status, text=result or "")
