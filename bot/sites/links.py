"""The addresses of published apps: how they are made and how they are read back.

`SITES_BASE_URL` decides. `https://apps.example.com` gives each app a path,
`https://*.apps.example.com` a subdomain, and with it an origin (storage, workers) of its own.
"""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

_TOKEN = re.compile(r"[0-9a-f]{32}")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def make_token() -> str:
    """Return 128 random bits, as lower-case hexadecimal so that it can be a DNS label too."""
    return secrets.token_hex(16)


def is_token(text: str) -> bool:
    """Tell whether `make_token` could have made this."""
    return bool(_TOKEN.fullmatch(text))


def host_of(url: str) -> str:
    """Return the host of `url` in lower case, with its port unless that is the default."""
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])


def named_host(header: str, url: str) -> str:
    """Return a Host header in the spelling of `host_of(url)`, so that the two can be compared."""
    return header.lower().removesuffix(_DEFAULT_PORTS[urlsplit(url).scheme])


@dataclass(frozen=True)
class SiteLinks:
    """Reads and makes links below one `SITES_BASE_URL`."""

    base_url: str

    @property
    def by_subdomain(self) -> bool:
        """True when every app has a host of its own."""
        return host_of(self.base_url).startswith("*.")

    def url(self, token: str) -> str:
        """Return the address of the app or version that has this token; it ends with a slash."""
        if self.by_subdomain:
            return f"{self.base_url.replace('*', token, 1)}/"
        return f"{self.base_url}/{token}/"

    def path(self, token: str) -> str:
        """Return the path of that address on its host."""
        return urlsplit(self.url(token)).path

    def serves(self, header: str) -> bool:
        """Tell whether published apps are found at the host of this Host header."""
        host = named_host(header, self.base_url)
        if self.by_subdomain:
            label, _, rest = host.partition(".")
            return bool(label) and f"*.{rest}" == host_of(self.base_url)
        return host == host_of(self.base_url)

    def locate(self, header: str, path: str) -> tuple[str, str | None]:
        """Split Host header and path into the token and the path below the app's address.

        The path is None where the slash behind the token is missing.
        """
        if self.by_subdomain:
            return header.lower().partition(".")[0], path.removeprefix("/")
        token, slash, below = path.removeprefix("/").partition("/")
        return token, below if slash else None
