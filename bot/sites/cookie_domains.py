"""Which cookies pages of two addresses share: those know domains, and neither origins nor ports."""

from ipaddress import ip_address
from itertools import takewhile
from urllib.parse import urlsplit


def shared_domain(one: str, other: str) -> str | None:
    """The domain for which a page at one address sets cookies that are sent to the other.

    It is told by the names alone. For a public suffix, such as `co.uk`, browsers take no cookies;
    which those are stands in a list that changes (https://publicsuffix.org).
    """
    hosts = [(urlsplit(url).hostname or "").removeprefix("*.") for url in (one, other)]
    if hosts[0] == hosts[1]:
        return hosts[0]
    if any(_is_address(host) for host in hosts):
        return None
    labels = zip(*(reversed(host.split(".")) for host in hosts), strict=False)
    common = [first for first, second in takewhile(lambda pair: pair[0] == pair[1], labels)]
    return ".".join(reversed(common)) if len(common) > 1 else None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
