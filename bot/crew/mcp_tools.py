"""The tools of other services that an agent has: always the ones that it was offered first."""

import json
import logging
from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.crew.assignment import Assignment
from bot.crew.deployments import REPORT_DEPLOYMENT
from bot.crew.external_calls import inherit_calls
from bot.crew.tools import AtService, Tool
from bot.errors import RequestRefused
from bot.mcp.servers import McpTool, from_json
from handoffs.lifecycle import Agent
from telemetry.named_sql import statements

SQL = statements("bot.crew", "mcp_tools.sql")

log = logging.getLogger(__name__)


async def offer_tools(
    assignment: Assignment, agent: Agent, *, has_begun: bool
) -> tuple[McpTool, ...]:
    """What the servers offer to an agent that begins; what it was offered to one that `has_begun`.

    One that goes on with another's turns has the same tools, and has made the same calls. The
    successor in a role does without what its predecessor had to do without.
    """
    if has_begun:
        async with assignment.lease.transaction() as connection:
            if agent.continuation_mode == "resumed":
                await connection.execute(SQL["inherit_offer"], {"agent_id": agent.agent_id})
                await inherit_calls(connection, agent)
            return await load_offer(connection, agent)
    tools = await assignment.services.mcp.offer(agent.agent_type)
    if not tools:
        return ()
    if agent.agent_type == "devops":
        tools.append(REPORT_DEPLOYMENT)
    async with assignment.lease.transaction() as connection:
        before = await _offer_before(connection, agent)
        if before is not None:
            tools = [tool for tool in tools if tool.name in before]
        await connection.execute(SQL["keep_offer"], _row(agent, tools))
        return await load_offer(connection, agent)


async def load_offer(connection: AsyncConnection, agent: Agent) -> tuple[McpTool, ...]:
    """The tools that the agent was offered when it began."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["load_offer"], {"agent_id": agent.agent_id})
        kept: str | None = await cursor.fetchone()
    return tuple(from_json(json.loads(kept))) if kept else ()


async def _offer_before(connection: AsyncConnection, agent: Agent) -> set[str] | None:
    """The names of what the agent's predecessor in its role had; None if there is none."""
    of_role = {"agent_id": agent.predecessor_agent_id, "agent_type": agent.agent_type}
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["offer_before"], of_role)
        kept: str | None = await cursor.fetchone()
    return None if kept is None else {tool.name for tool in from_json(json.loads(kept))}


async def leave_out(
    assignment: Assignment, agent: Agent, offer: Sequence[McpTool], refusal: RequestRefused
) -> tuple[McpTool, ...]:
    """The offer without the tool that the API does not take; raises `refusal` if it names none."""
    left = tuple(tool for tool in offer if tool.name != refusal.tool)
    if len(left) == len(offer):
        raise refusal
    log.warning("%s does without the tool %s: %s", agent.agent_id, refusal.tool, refusal)
    async with assignment.lease.transaction() as connection:
        await connection.execute(SQL["replace_offer"], _row(agent, left))
    return left


def as_tool(offered: McpTool) -> Tool:
    """A server's tool as one of the agent's."""
    return Tool(
        name=offered.name,
        description=offered.description,
        input=offered.schema,
        runs=AtService(
            server=offered.server, tool=offered.tool, is_repeatable=offered.is_repeatable
        ),
    )


def _row(agent: Agent, tools: Sequence[McpTool]) -> dict[str, str]:
    kept = json.dumps([tool.as_json() for tool in tools])
    return {"agent_id": agent.agent_id, "tools": kept}
