"""Whether a link that a service reported leads to something that answers.

The link comes from outside, so it must not make us knock at our own doors: it leads to a host that
the server's configuration names, or to a public address.
"""

import asyncio
import socket
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

from bot.errors import LinkRefused

PATIENCE = 45.0  # seconds; a deployment takes a while to go online
PAUSE = 2.0  # seconds between two attempts
ATTEMPT = 10.0  # seconds


async def wait_for_answer(url: str, hosts: Sequence[str], *, patience: float = PATIENCE) -> None:
    """Return as soon as the link answers. Raises `LinkRefused` with what the agent should know."""
    await _check_address(url, hosts)
    deadline = asyncio.get_running_loop().time() + patience
    # A redirect counts as an answer and is not followed: it could lead anywhere.
    async with httpx2.AsyncClient(timeout=ATTEMPT, follow_redirects=False) as client:
        while True:
            answer = await _try(client, url)
            if answer is None:
                return
            if asyncio.get_running_loop().time() + PAUSE > deadline:
                raise LinkRefused(f"{url} does not work: {answer}")
            await asyncio.sleep(PAUSE)


async def _try(client: httpx2.AsyncClient, url: str) -> str | None:
    """None if the link answers well, else what it did."""
    try:
        async with client.stream("GET", url) as response:
            if response.status_code < 400:
                return None
            return f"it answers {response.status_code}"
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return f"it does not answer ({type(error).__name__})"


async def _check_address(url: str, hosts: Sequence[str]) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        host.encode("idna")
    except ValueError:
        raise LinkRefused("That is not a link that can be opened.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username or len(url) > 500:
        raise LinkRefused("Report a plain http or https link.")
    if any(fnmatchcase(host, pattern.lower()) for pattern in hosts):
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise LinkRefused(f"There is no address for {host}.") from None
    if not all(ip_address(address[4][0]).is_global for address in found):
        raise LinkRefused(f"{host} is not a public address.")
