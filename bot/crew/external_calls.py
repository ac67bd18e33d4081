"""Calls that do something outside the database, which no transaction can undo.

All of an answer are made at once. Each is on record before it begins and when it has ended. So one
that a crash cut off is not made again silently: the agent is told that its outcome is unknown,
unless the service says that repeating it does no harm.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from bot.builds.ownership_watch import while_leased
from bot.cancellation import end
from bot.crew.assignment import Assignment
from bot.crew.deployments import SERVER, report_deployment
from bot.crew.file_references import with_named_files
from bot.crew.tools import AtService, ToolOutput, bounded
from bot.errors import (
    CallOutcomeUnknown,
    LinkRefused,
    ServerUnavailable,
    ToolCallFailed,
    WorkspaceError,
)
from bot.projects.deployments import Deployment, note_deployment
from handoffs.document import storable
from handoffs.lifecycle import Agent
from telemetry.named_sql import statements
from telemetry.tool_spans import trace_mcp_tool
from telemetry.tracing import mark_failed

SQL = statements("bot.crew", "external_calls.sql")

CUT_OFF = (
    "This call was cut off while it ran, so nobody knows whether it did its work. Look at the "
    "state of things before you make it again."
)


@dataclass(frozen=True, kw_only=True)
class ExternalCall:
    """A call that an agent asks for."""

    at: AtService
    tool_use_id: str
    arguments: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class CallOutcome:
    """How a call ended, what the agent reads, and where the app is too if it has told that."""

    status: Literal["ok", "error", "unavailable", "unknown"]
    text: str
    deployment: Deployment | None = None


async def inherit_calls(connection: AsyncConnection, agent: Agent) -> None:
    """Take the calls of the agents whose turns this one goes on with for its own."""
    await connection.execute(SQL["inherit_calls"], {"agent_id": agent.agent_id})


async def make_calls(
    assignment: Assignment, agent: Agent, calls: Sequence[ExternalCall]
) -> dict[str, ToolOutput]:
    """Make the calls at the same time; what came of them by the ids of their tool uses.

    Raises `OwnershipLost` as soon as the build is stopped or taken over.
    """
    if not calls:
        return {}
    making = _all([_JournalledCall(assignment, agent, call) for call in calls])
    outcomes = await while_leased(assignment.lease, assignment.services.ownership, making)
    return {
        call.tool_use_id: ToolOutput(content=outcome.text, is_error=outcome.status != "ok")
        for call, outcome in zip(calls, outcomes, strict=True)
    }


async def _all(calls: list["_JournalledCall"]) -> list[CallOutcome]:
    tasks = [asyncio.create_task(call.once()) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await end(*tasks)


class _JournalledCall:
    """One call, on record from before it begins."""

    def __init__(self, assignment: Assignment, agent: Agent, call: ExternalCall) -> None:
        self._assignment = assignment
        self._agent = agent
        self._call = call

    async def once(self) -> CallOutcome:
        """Make the call unless it was made before, and keep how it ended."""
        outcome = await self._begin()
        if outcome is None:
            made = await self._make()
            outcome = replace(made, text=storable(made.text))
            async with self._assignment.lease.transaction() as connection:
                if outcome.deployment is not None:
                    build = self._assignment.build
                    await note_deployment(
                        connection, build.project_id, build.request_id, outcome.deployment
                    )
                await connection.execute(
                    SQL["end_call"],
                    {**self._key, "status": outcome.status, "result": outcome.text},
                )
        return outcome

    @property
    def _key(self) -> dict[str, str]:
        return {"agent_id": self._agent.agent_id, "tool_use_id": self._call.tool_use_id}

    async def _begin(self) -> CallOutcome | None:
        """Note that the call begins; what is known of it if that was noted before."""
        tool = storable(self._call.at.tool)  # as its server names it, with any character
        row = {**self._key, "server": self._call.at.server, "tool": tool}
        async with self._assignment.lease.transaction() as connection:
            cursor = await connection.execute(SQL["begin_call"], row)
            if await cursor.fetchone():
                return None
            async with connection.cursor(row_factory=kwargs_row(_to_outcome)) as known:
                await known.execute(SQL["load_call"], self._key)
                outcome = await known.fetchone()
        if outcome is None and not self._call.at.is_repeatable:
            return CallOutcome(status="unknown", text=CUT_OFF)
        return outcome

    async def _make(self) -> CallOutcome:
        if self._call.at.server == SERVER:
            return await self._report_deployment()
        with trace_mcp_tool(
            agent_id=self._agent.agent_id,
            tool_name=self._call.at.tool,
            server=self._call.at.server,
            call_id=self._call.tool_use_id,
        ) as span:
            outcome = await self._ask_server()
            span.set_attribute("result_status", outcome.status)
            if outcome.status != "ok":
                mark_failed(span, outcome.status)
        return outcome

    async def _ask_server(self) -> CallOutcome:
        services = self._assignment.services
        try:
            connection = services.mcp.connection(self._call.at.server)
            async with with_named_files(
                services.pool,
                self._assignment.build.project_id,
                self._call.arguments,
                is_local=connection.configuration.command is not None,
            ) as arguments:
                result = await connection.call(self._call.at.tool, arguments)
        except (ServerUnavailable, WorkspaceError) as error:
            return CallOutcome(status="unavailable", text=f"Nothing was called: {error}")
        except ToolCallFailed as error:
            return CallOutcome(status="error", text=bounded(str(error)))
        except CallOutcomeUnknown as error:
            return CallOutcome(
                status="unknown",
                text=f"{error}. Whether it did its work is unknown; look before you try again.",
            )
        from bot.mcp.results import text_of  # the library is there by now

        return CallOutcome(
            status="error" if result.is_error else "ok", text=bounded(text_of(result))
        )

    async def _report_deployment(self) -> CallOutcome:
        servers = self._assignment.services.mcp.allowed(self._agent.agent_type)
        try:
            found = await report_deployment(self._call.arguments, servers)
        except LinkRefused as error:
            return CallOutcome(status="error", text=str(error))
        return CallOutcome(status="ok", text=found.model_dump_json(), deployment=found)


def _to_outcome(
    *, status: Literal["ok", "error", "unavailable", "unknown"] | None, result: str | None
) -> CallOutcome | None:
    return None if status is None else CallOutcome(status=status, text=result or "")
