"""Whether a link that a service reported leads to something that answers.

The link comes from outside, so it must not make us knock at our own doors: it leads to a host that
the server's configuration names, or to a public address.
"""

import asyncio
from collections.abc import Sequence
from fnmatch import fnmatchcase

import httpx2

from bot.errors import AddressRefused, LinkRefused
from bot.network_addresses import pinned_request, public_address

PATIENCE = 45.0  # seconds; a deployment takes a while to go online
PAUSE = 2.0  # seconds between two attempts
ATTEMPT = 10.0  # seconds


async def wait_for_answer(url: str, hosts: Sequence[str], *, patience: float = PATIENCE) -> None:
    """Return as soon as the link answers. Raises `LinkRefused` with what the agent should know."""
    target = _parsed(url)
    address = await _address(target, hosts)
    deadline = asyncio.get_running_loop().time() + patience
    # A redirect counts as an answer and is not followed: it could lead anywhere. Neither a proxy
    # nor a .netrc of ours is for others' addresses.
    async with httpx2.AsyncClient(
        timeout=ATTEMPT, follow_redirects=False, trust_env=False
    ) as client:
        while True:
            answer = await _try(client, pinned_request(client, target, address))
            if answer is None:
                return
            if asyncio.get_running_loop().time() + PAUSE > deadline:
                raise LinkRefused(f"{url} does not work: {answer}")
            await asyncio.sleep(PAUSE)


async def _try(client: httpx2.AsyncClient, request: httpx2.Request) -> str | None:
    """None if the link answers well, else what it did."""
    try:
        response = await client.send(request, stream=True)
        await response.aclose()
    except httpx2.HTTPError as error:
        return f"it does not answer ({type(error).__name__})"
    return None if response.status_code < 400 else f"it answers {response.status_code}"


def _parsed(url: str) -> httpx2.URL:
    """The link, read once by what opens it."""
    try:
        parsed = httpx2.URL(url)
        parsed.raw_host.decode("ascii").encode("idna")
    except (httpx2.InvalidURL, ValueError):
        raise LinkRefused("That is not a link that can be opened.") from None
    is_plain = parsed.scheme in {"http", "https"} and parsed.host and not parsed.userinfo
    if not is_plain or len(url) > 500:
        raise LinkRefused("Report a plain http or https link.")
    if not 0 < _port(parsed) < 65536:
        raise LinkRefused("That is not a link that can be opened.")
    return parsed


def _port(url: httpx2.URL) -> int:
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80


async def _address(url: httpx2.URL, hosts: Sequence[str]) -> str:
    """Where to connect: of a host that is configured we take its own word."""
    host = url.raw_host.decode("ascii")
    if any(fnmatchcase(url.host, pattern.lower()) for pattern in hosts):
        return host
    try:
        return await public_address(host, _port(url))
    except OSError:
        raise LinkRefused(f"There is no address for {url.host}.") from None
    except AddressRefused:
        raise LinkRefused(f"{url.host} is not a public address.") from None
