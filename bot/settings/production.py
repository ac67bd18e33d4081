"""What a setting must be where real users are served, beyond being well-formed.

Each check raises `ValueError` with what the setting must be, and never shows its value.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from bot.settings.development import STAND_INS

SHORTEST = 16  # characters of a secret
DIFFERENT = 5  # of them; chance gives 16 hexadecimal digits fewer less than once in a million times


def demand_no_stand_in(variable: str, url: str) -> None:
    """Refuse the address at which the demo's stand-in for this service listens."""
    stand_in = STAND_INS.get(variable)
    if stand_in is None:
        return
    parts = urlsplit(url)
    if parts.port == urlsplit(stand_in).port and _is_loopback(parts):
        raise ValueError("is the address of the demo's stand-in, which is for development only")


def demand_encryption(url: str) -> None:
    """Refuse an address without https, except on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts):
        raise ValueError("must begin with https:// in production")


def demand_strength(secret: str) -> None:
    """Refuse a secret that is soon guessed."""
    if len(secret) < SHORTEST or len(set(secret)) < DIFFERENT:
        raise ValueError(
            f"must have at least {SHORTEST} characters in production, "
            f"{DIFFERENT} different ones among them"
        )


def _is_loopback(parts: SplitResult) -> bool:
    host = (parts.hostname or "").removesuffix(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
