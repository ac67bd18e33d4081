"""The connection to one MCP server: opened when it is first needed, and again after it broke or
the server has ended its session.

The library wants a connection closed by the task that opened it, so each has a task of its own.
"""

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import MCP_SESSION_ID, streamable_http_client
from mcp.types import CONNECTION_CLOSED, CallToolResult, Implementation, Tool
from pydantic import ValidationError

import bot
from bot.cancellation import end
from bot.errors import CallOutcomeUnknown, ServerUnavailable, ToolCallFailed
from bot.mcp.configuration import ServerConfiguration
from telemetry.context import apart_from_the_trace

START_LIMIT = 30.0  # seconds until a server has started and answers
REST = 60.0  # seconds after a failed start before the next one
PAGE_LIMIT = 20  # pages of tools
CLOSING_LIMIT = 6.0  # seconds; a program that does not end is killed within them

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Open:
    """An open connection: its task ends when `ending` is set.

    `session_over` is set when the server took no message more, since it knows the session no more.
    """

    client: Client
    owner: asyncio.Task[None]
    ending: asyncio.Event
    session_over: asyncio.Event


class McpConnection:
    """One server. Any number of tasks may call it at once."""

    def __init__(self, name: str, configuration: ServerConfiguration) -> None:
        self.name = name
        self.configuration = configuration
        self._starting = asyncio.Lock()
        self._open: _Open | None = None
        self._failure: tuple[float, str] | None = None
        self._complaints: set[tuple[str, str]] = set()

    async def list_tools(self) -> list[Tool]:
        """What the server offers now. Raises `ServerUnavailable`.

        A connection that has died unnoticed is opened again.
        """
        try:
            opened = await self._connected()
            return await self._list(opened.client)
        except (MCPError, ValidationError, TimeoutError) as error:
            log.info("the MCP server %s is asked again: %s", self.name, describe(error))
            await self._drop(opened)
        try:
            return await self._list((await self._connected()).client)
        except (MCPError, ValidationError, TimeoutError) as error:
            raise ServerUnavailable(f"{self.name} does not list its tools") from error

    async def call(self, tool: str, arguments: dict[str, object]) -> CallToolResult:
        """Use a tool, in another session where the server has ended the one that there was.

        Raises `ServerUnavailable` when nothing was called, `ToolCallFailed` when the server
        refused, and `CallOutcomeUnknown` when it did not answer.
        """
        opened = await self._connected()
        try:
            return await self._ask(opened, tool, arguments)
        except ToolCallFailed as error:
            if not opened.session_over.is_set():
                raise
            log.info("the MCP server %s is called again: %s", self.name, describe(error))
            self._leave(opened)
        return await self._ask(await self._connected(), tool, arguments)

    async def _ask(self, opened: _Open, tool: str, arguments: dict[str, object]) -> CallToolResult:
        limit = self.configuration.timeout
        try:
            async with asyncio.timeout(limit):
                with apart_from_the_trace():
                    return await opened.client.call_tool(tool, arguments)
        except TimeoutError:
            raise CallOutcomeUnknown(f"{tool} did not answer within {limit:g} s") from None
        except MCPError as error:
            if error.code != CONNECTION_CLOSED:
                raise ToolCallFailed(str(error)) from error
            await self._drop(opened)
            raise CallOutcomeUnknown(f"the connection broke while {tool} ran") from error
        except (ValidationError, RuntimeError) as error:
            # The library's complaint about an answer that is not what the server declares.
            raise CallOutcomeUnknown(f"{tool} answered what cannot be read") from error

    def complain(self, tool: str, fault: str) -> None:
        """Say in the log, once, why a tool is not offered."""
        if (tool, fault) not in self._complaints:
            self._complaints.add((tool, fault))
            log.warning("the MCP server %s: %s is left out, %s", self.name, tool[:128], fault)

    async def close(self) -> None:
        """End the connection, and with it the program; the next call opens it again."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.ending.set()
            await asyncio.wait({opened.owner}, timeout=CLOSING_LIMIT)
            await end(opened.owner)

    async def _drop(self, opened: _Open) -> None:
        """Close a connection that is broken, unless another one has taken its place."""
        if self._open is opened:
            await self.close()

    def _leave(self, opened: _Open) -> None:
        """Let another connection take this one's place, which ends when nobody waits on it."""
        if self._open is opened:
            self._open = None
            asyncio.get_running_loop().call_later(self.configuration.timeout, opened.ending.set)

    async def _list(self, client: Client) -> list[Tool]:
        tools: list[Tool] = []
        cursor: str | None = None
        async with asyncio.timeout(self.configuration.timeout):
            for _ in range(PAGE_LIMIT):
                with apart_from_the_trace():
                    page = await client.list_tools(cursor=cursor, cache_mode="refresh")
                tools += page.tools
                cursor = page.next_cursor
                if cursor is None:
                    break
        return tools

    async def _connected(self) -> _Open:
        async with self._starting:
            if self._open is None or self._open.owner.done():
                self._open = await self._start()
            return self._open

    async def _start(self) -> _Open:
        if self._failure and time.monotonic() - self._failure[0] < REST:
            raise ServerUnavailable(self._failure[1])
        ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        ending, session_over = asyncio.Event(), asyncio.Event()
        owning = self._own(ready, ending, session_over)
        owner = asyncio.create_task(owning, name=f"mcp:{self.name}")
        owner.add_done_callback(_note_end)
        both: set[asyncio.Future[Any]] = {ready, owner}
        try:
            await asyncio.wait(both, timeout=START_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            owner.cancel()
            raise
        if ready.done():
            self._failure = None
            return _Open(
                client=ready.result(), owner=owner, ending=ending, session_over=session_over
            )
        if owner.done():
            reason = f"{self.name} cannot be started: {describe(owner.exception())}"
        else:
            reason = f"{self.name} did not answer within {START_LIMIT:g} s"
            await end(owner)
        self._failure = (time.monotonic(), reason)
        log.warning("MCP server %s", reason)
        raise ServerUnavailable(reason)

    async def _own(
        self, ready: asyncio.Future[Client], ending: asyncio.Event, session_over: asyncio.Event
    ) -> None:
        with apart_from_the_trace():
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(await self._client_in(stack, session_over))
                ready.set_result(client)
                await ending.wait()

    async def _client_in(self, stack: AsyncExitStack, session_over: asyncio.Event) -> Client:
        wanted = self.configuration
        me = Implementation(name="textcrew", version=bot.__version__)
        if wanted.command is not None:
            # It gets the variables that are configured for it, and none of ours.
            program = StdioServerParameters(
                command=wanted.command, args=list(wanted.args), env=wanted.env, cwd=wanted.cwd
            )
            return Client(program, client_info=me)
        assert wanted.url is not None  # the configuration has one of both
        http = await stack.enter_async_context(
            httpx2.AsyncClient(
                headers=wanted.headers,
                timeout=httpx2.Timeout(wanted.timeout),
                event_hooks={"response": [partial(_note_session_over, session_over)]},
            )
        )
        return Client(streamable_http_client(wanted.url, http_client=http), client_info=me)


async def _note_session_over(session_over: asyncio.Event, response: httpx2.Response) -> None:
    """Note what only the status says: a 404 to a message of a session ends that session in MCP,
    and the error beside it is in the server's own words."""
    asked = response.request
    if response.status_code == 404 and asked.method == "POST" and MCP_SESSION_ID in asked.headers:
        session_over.set()


def _note_end(owner: asyncio.Task[None]) -> None:
    """Tell why a connection ended by itself; who needed it has been told already."""
    if not owner.cancelled() and (error := owner.exception()) is not None:
        log.info("%s has ended: %s", owner.get_name(), describe(error))


def describe(error: BaseException | None) -> str:
    """What went wrong, in a line; of a group of errors the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__
