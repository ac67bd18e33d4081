"""Where Logfire answers, as its own SDK finds it."""

import os

from logfire import AdvancedOptions


def logfire_address(token: str) -> str:
    """The server that LOGFIRE_BASE_URL names, else the one of the region that the token names."""
    options = AdvancedOptions(base_url=os.environ.get("LOGFIRE_BASE_URL") or None)
    return options.generate_base_url(token).rstrip("/")
