"""A real MCP server for tests: a small hosting service that keeps sites in a folder.

    python -m tests.mcp_server FOLDER [--http PORT] [--odd] [--sessions]

Over stdio, or over streamable HTTP on loopback, with `--sessions` as it was before MCP went without
them. `FOLDER/calls` notes every call that began, and the sites are served on the address in
`FOLDER/address`.
"""

import argparse
import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver.tools import Tool
from mcp.types import METHOD_NOT_FOUND, ToolAnnotations

REPOSITORY = Path(__file__).parents[1]
PATHS = f"{REPOSITORY / 'tests' / 'absent'}{os.pathsep}{REPOSITORY}"


def odd_tools() -> list[Tool]:
    """A tool whose schema the Messages API refuses, and one whose name no database holds."""
    named = Tool.from_function(lambda: "named", name="odd\0name", description="Say a word.")
    tool = Tool.from_function(lambda text: text, name="odd", description="Say it again.")
    tool.parameters = {"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    return [tool, named]


async def in_sessions(ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
    """Know only the handshake that begins a session."""
    if ctx.method == "server/discover":
        raise MCPError(METHOD_NOT_FOUND, "Method not found")
    return await call_next(ctx)


ODD, SESSIONS = "--odd", "--sessions"
server = MCPServer(
    "hosting",
    tools=odd_tools() if ODD in sys.argv else [],
    middleware=[in_sessions] if SESSIONS in sys.argv else [],
)
folder = Path()
met: list[int] = []
all_met = asyncio.Event()


def over_stdio(hosting: Path, *, is_odd: bool = False, **more: object) -> dict[str, object]:
    """How a configuration names this server; `hosting` is its folder."""
    return {
        "command": sys.executable,
        "args": ["-m", "tests.mcp_server", str(hosting), *([ODD] if is_odd else [])],
        "env": {"PYTHONPATH": PATHS, "HOSTING_TOKEN": "${HOSTING_TOKEN:-none}"},
        "hosts": ["127.0.0.1"],
        **more,
    }


def note(tool: str, **details: object) -> None:
    with (folder / "calls").open("a") as calls:
        calls.write(json.dumps({"tool": tool, **details}) + "\n")


@server.tool()
def deploy_site(name: str, files: dict[str, str]) -> str:
    """Put the files of a site online; the answer is its link."""
    note("deploy_site", name=name, files=sorted(files), environment=sorted(os.environ))
    write(folder / "sites" / name, files)
    return f"Online: {address()}/{name}/"


@server.tool()
def deploy_folder(name: str, path: str) -> str:
    """Put a folder of this machine online; the answer is its link."""
    files = {
        str(file.relative_to(path)): file.read_text("utf-8")
        for file in Path(path).rglob("*")
        if file.is_file()
    }
    note("deploy_folder", name=name, files=sorted(files))
    write(folder / "sites" / name, files)
    return f"Online: {address()}/{name}/"


@server.tool()
async def wait_long(seconds: float) -> str:
    """Do nothing for so long."""
    note("wait_long")
    await asyncio.sleep(seconds)
    return "waited"


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def look(seconds: float = 0.0) -> str:
    """Look at the sites, without hurry, and not before they are open (`FOLDER/closed`)."""
    note("look")
    await asyncio.sleep(seconds)
    await asyncio.to_thread(await_opening)
    return "\n".join(sorted(path.name for path in (folder / "sites").iterdir()))


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def meet(number: int, of: int) -> str:
    """Wait until so many have come."""
    note("meet")
    met.append(number)
    if len(met) == of:
        all_met.set()
    await all_met.wait()
    return f"{number} of {of} have met"


@server.tool()
def fail(reason: str) -> str:
    """Fail for a reason."""
    note("fail")
    raise ValueError(reason)


@server.tool()
def talk(characters: int) -> str:
    """Say a lot."""
    return "x" * characters


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def news() -> str:
    """Read what is in `FOLDER/news`."""
    return (folder / "news").read_text("utf-8")


@server.tool()
def die() -> str:
    """End this server at once."""
    note("die")
    os._exit(1)


def await_opening() -> None:
    while (folder / "closed").exists():
        time.sleep(0.05)


def write(site: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(content, "utf-8")


def address() -> str:
    return (folder / "address").read_text()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def serve_sites() -> None:
    (folder / "sites").mkdir(parents=True, exist_ok=True)
    sites = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder / "sites"))
    (folder / "address").write_text(f"http://127.0.0.1:{sites.server_port}")
    threading.Thread(target=sites.serve_forever, daemon=True).start()


def main() -> None:
    global folder
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--http", type=int)
    options.add_argument(ODD, action="store_true")
    options.add_argument(SESSIONS, action="store_true")
    chosen = options.parse_args()
    folder = chosen.folder
    serve_sites()
    if chosen.http:
        server.run("streamable-http", host="127.0.0.1", port=chosen.http)
    else:
        server.run("stdio")


if __name__ == "__main__":
    main()
