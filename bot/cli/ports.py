"""Ports on loopback for the demo's parts."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def choosing() -> Iterator[None]:
    """Hold off every other demo of this machine, until ours listens at the ports that it chose."""
    path = Path(tempfile.gettempdir(), "textcrew-demo-ports.lock")
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        # Readable for all: the demo of another account takes the same lock.
        lock = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def free_ports(wanted: Sequence[int]) -> list[int]:
    """As many different ports, each the wanted one unless somebody listens there.

    Raises `OSError` when the system has none left.
    """
    chosen: list[int] = []
    with ExitStack() as held:  # so that the system gives none of them out meanwhile
        for port in wanted:
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", 0 if port in chosen else port))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            chosen.append(int(probe.getsockname()[1]))
    return chosen
