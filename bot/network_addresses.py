"""Which addresses of others may be connected to, and a request that goes to no other one.

An address that somebody gave us must not make us knock at our own doors. A name is looked up once:
what was found and allowed is what is connected to, so that a second answer cannot lead elsewhere.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx2

from bot.errors import AddressRefused

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_TEREDO = IPv6Network("2001::/32")
_NAT64 = IPv6Network("64:ff9b::/96")  # leads to the IPv4 address in its last 32 bits


async def public_address(host: str, port: int) -> str:
    """Look up where `host` is.

    Raises `AddressRefused` if any of its addresses is not on the public internet, `OSError` if it
    has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise AddressRefused
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether the address, IPv4 or IPv6, is one on the public internet.

    One that stands for an IPv4 address (mapped, 6to4, NAT64) is public if that one is. Those that
    hide where they lead (Teredo, the NAT64 prefix for local use, IPv4-compatible) are not.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not parsed.is_multicast
    meant = _meant_by(parsed)
    if meant is not None:
        return is_public(str(meant))
    return parsed.is_global and parsed in _GLOBAL_UNICAST and parsed not in _TEREDO


def _meant_by(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def pinned_request(client: httpx2.AsyncClient, url: httpx2.URL, address: str) -> httpx2.Request:
    """Make a GET of `url` that connects to `address`; `Host` and certificate are the URL's."""
    return client.build_request(
        "GET",
        url.copy_with(host=address),
        headers={"Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )
