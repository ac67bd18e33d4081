"""All MCP servers of a process, and the tools that each agent may use."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cancellation import end
from bot.errors import ConfigurationError, ServerUnavailable
from bot.mcp.configuration import NO_SERVERS, Configuration, ServerConfiguration, read_configuration
from bot.mcp.tool_schemas import fault_of

if TYPE_CHECKING:
    from mcp.types import Tool

    from bot.mcp.connection import McpConnection

DESCRIPTION_LIMIT = 1_000  # characters of a tool's description
_NAME_LIMIT = 128  # characters, the Messages API's

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class McpTool:
    """A tool as an agent knows it (`name`) and as its server does (`tool`).

    `is_repeatable` if a second call does no harm, as the server says.
    """

    name: str
    server: str
    tool: str
    description: str
    schema: dict[str, Any]
    is_repeatable: bool

    def as_json(self) -> dict[str, Any]:
        """For keeping."""
        return asdict(self)


class McpServers:
    """The connections to all configured servers."""

    def __init__(self, configuration: Configuration = NO_SERVERS) -> None:
        self._connections = _connections(configuration) if configuration.servers else {}

    def connection(self, server: str) -> "McpConnection":
        """The connection of that name. Raises `ServerUnavailable` if it is configured no more."""
        try:
            return self._connections[server]
        except KeyError:
            raise ServerUnavailable(f"{server} is not configured any more") from None

    def allowed(self, agent_type: str) -> list[ServerConfiguration]:
        """The servers that an agent of that kind may use."""
        known = (connection.configuration for connection in self._connections.values())
        return [server for server in known if agent_type in server.agents]

    async def offer(self, agent_type: str) -> list[McpTool]:
        """The tools for an agent of that kind, in a fixed order.

        A server that does not answer offers nothing; that is in the log.
        """
        asked = [
            connection
            for connection in self._connections.values()
            if agent_type in connection.configuration.agents
        ]
        answers = await asyncio.gather(*(_offer_of(connection) for connection in asked))
        named = {tool.name: tool for tools in answers for tool in tools}
        return [named[name] for name in sorted(named)]

    async def warm_up(self) -> None:
        """Start all servers, so that the first agent need not wait for them."""
        await asyncio.gather(*map(_offer_of, self._connections.values()))

    async def close(self) -> None:
        """End all connections."""
        await asyncio.gather(*(connection.close() for connection in self._connections.values()))


@asynccontextmanager
async def mcp_servers(config: Path | None) -> AsyncIterator[McpServers]:
    """The servers that the file `config` names, started in the background.

    A configuration that cannot be used is in the log, and then there are none.
    """
    servers = McpServers(_configuration(config))
    warming = asyncio.create_task(servers.warm_up())
    try:
        yield servers
    finally:
        await end(warming)
        await servers.close()


def _configuration(config: Path | None) -> Configuration:
    if config is None:
        return NO_SERVERS
    try:
        configuration = read_configuration(config)
    except ConfigurationError as error:
        log.error("%s", error)
        return NO_SERVERS
    for name, fault in configuration.faults.items():
        log.error("the MCP server %s is left out: %s", name, fault)
    return configuration


def _connections(configuration: Configuration) -> "dict[str, McpConnection]":
    from bot.mcp.connection import McpConnection  # and with it the library, which is large

    return {name: McpConnection(name, server) for name, server in configuration.servers.items()}


async def _offer_of(connection: "McpConnection") -> list[McpTool]:
    try:
        tools = await connection.list_tools()
    except ServerUnavailable as error:
        log.warning("the MCP server %s offers nothing: %s", connection.name, error)
        return []
    wanted = connection.configuration.tools
    offered = [
        _offered(connection.name, tool) for tool in tools if wanted is None or tool.name in wanted
    ]
    usable: dict[str, McpTool] = {}
    for tool in offered:
        fault = "another tool has its name" if tool.name in usable else None
        if fault := fault or fault_of(tool.name, tool.schema):
            connection.complain(tool.tool, fault)
        else:
            usable[tool.name] = tool
    return list(usable.values())


def offered_name(server: str, tool: str) -> str:
    """A tool's name as the Messages API takes it."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"mcp__{server}__{tool}")[:_NAME_LIMIT]


def _offered(server: str, tool: "Tool") -> McpTool:
    hints = tool.annotations
    return McpTool(
        name=offered_name(server, tool.name),
        server=server,
        tool=tool.name,
        description=(tool.description or tool.title or tool.name)[:DESCRIPTION_LIMIT],
        schema=tool.input_schema,
        is_repeatable=bool(hints and (hints.read_only_hint or hints.idempotent_hint)),
    )


def from_json(kept: Sequence[dict[str, Any]]) -> list[McpTool]:
    """The tools as they were kept."""
    return [McpTool(**tool) for tool in kept]
