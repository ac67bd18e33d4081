"""How the process of a stand-in runs: where it listens, and until when."""

import signal
from threading import Event
from urllib.parse import urlsplit

from bot.errors import ConfigurationError


def listening_address(variable: str, url: str | None) -> tuple[str, int]:
    """Host and port of a service's base URL. Raises `ConfigurationError` unless it has both."""
    address = urlsplit(url or "")
    if address.hostname is None or address.port is None:
        raise ConfigurationError(f"{variable} must say where the stand-in is to listen.")
    return address.hostname, address.port


def stopping_signal() -> Event:
    """What SIGTERM and Ctrl-C set from now on; call from a process's main thread."""
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
