"""Whose request it is, by address: the peer's, unless the peer is a proxy that the settings name.

Anybody can write an X-Forwarded-For. What a proxy of ours adds to it stands last, so it is read
from its end, for as long as it names proxies of ours.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from werkzeug.wrappers import Request

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# One household or machine has at least so much of IPv6 to itself.
OWN_BITS = 64


def address_of(request: Request, proxies: Sequence[Network]) -> str:
    """The address that a request comes from, of IPv6 the network of 64 bits.

    It is empty where there is none, as on a Unix socket.
    """
    visitor = _read(request.remote_addr or "")
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    while visitor is not None and _is_one_of(visitor, proxies) and forwarded:
        further = _read(forwarded.pop().strip())
        if further is None:
            break
        visitor = further
    return _household(visitor)


def network_of(peer: str, proxies: Sequence[Network]) -> str:
    """The address at the other end of a connection, of IPv6 the network of 64 bits.

    It is empty for a proxy that the settings name, where all connections come from one address, and
    for what has no address, as on a Unix socket.
    """
    address = _read(peer)
    if address is not None and _is_one_of(address, proxies):
        return ""
    return _household(address)


def _household(address: Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, OWN_BITS), strict=False))
    return "" if address is None else str(address)


def _is_one_of(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
