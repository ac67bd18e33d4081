"""Looks at all servers for an operator: what each offers, or why it cannot be used."""

import asyncio
from dataclasses import dataclass

from bot.errors import ServerUnavailable
from bot.mcp.configuration import Configuration, ServerConfiguration
from bot.mcp.connection import McpConnection
from bot.mcp.servers import offered_name
from bot.mcp.tool_schemas import fault_of


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was seen of one server."""

    server: str
    ok: bool
    seen: str


async def inspect(configuration: Configuration) -> list[Inspection]:
    """Start every server and list its tools; servers that are wrongly configured come first."""
    faults = [
        Inspection(server=name, ok=False, seen=fault)
        for name, fault in configuration.faults.items()
    ]
    seen = await asyncio.gather(*(_look(*server) for server in configuration.servers.items()))
    return [*faults, *seen]


async def _look(name: str, configuration: ServerConfiguration) -> Inspection:
    connection = McpConnection(name, configuration)
    try:
        tools = await connection.list_tools()
    except ServerUnavailable as error:
        return Inspection(server=name, ok=False, seen=str(error))
    finally:
        await connection.close()
    there = {tool.name for tool in tools}
    if missing := set(configuration.tools or ()) - there:
        return Inspection(server=name, ok=False, seen=f"has no tool {', '.join(sorted(missing))}")
    agents = ", ".join(configuration.agents)
    wanted = configuration.tools or there
    faults = {
        tool.name: fault
        for tool in tools
        if tool.name in wanted
        and (fault := fault_of(offered_name(name, tool.name), tool.input_schema))
    }
    left_out = "".join(f"; {tool} is left out, {fault}" for tool, fault in sorted(faults.items()))
    seen = f"{len(wanted) - len(faults)} tools for {agents}{left_out}"
    return Inspection(server=name, ok=not set(configuration.tools or ()) & faults.keys(), seen=seen)
