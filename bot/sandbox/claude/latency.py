"""How fast the stand-in answers, so that a test can do something in the middle of a call."""

import select
import socket
import time
from threading import Event, Lock

from pydantic import BaseModel, ConfigDict, Field

_LOOK_SECONDS = 0.1
PING_SECONDS = 0.2


class Delay(BaseModel):
    """Seconds before an answer begins and between two pieces of it; for one role if given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: float = Field(default=0.0, ge=0)
    chunk: float = Field(default=0.0, ge=0)
    role: str | None = None


class ClientGone(Exception):
    """The client closed its connection, or the stand-in is being stopped."""


class Latency:
    """The delay that is set now."""

    def __init__(self, delay: Delay) -> None:
        self._delay = delay
        self._lock = Lock()
        self._stopping = Event()

    @property
    def delay(self) -> Delay:
        with self._lock:
            return self._delay

    @delay.setter
    def delay(self, delay: Delay) -> None:
        with self._lock:
            self._delay = delay

    def stop(self) -> None:
        """End every wait."""
        self._stopping.set()

    def before(self, role: str, client: socket.socket) -> None:
        """Wait before an answer. Raises `ClientGone`."""
        delay = self.delay
        self._wait(delay.before if delay.role in {None, role} else 0.0, client)

    def between_chunks(self, role: str, client: socket.socket) -> None:
        """Wait between two pieces. Raises `ClientGone`."""
        delay = self.delay
        self._wait(delay.chunk if delay.role in {None, role} else 0.0, client)

    def between_pings(self, client: socket.socket) -> None:
        """Wait between two pings. Raises `ClientGone`."""
        self._wait(PING_SECONDS, client)

    def forever(self, client: socket.socket) -> None:
        """Wait until the client gives up. Raises `ClientGone`."""
        self._wait(float("inf"), client)

    def _wait(self, seconds: float, client: socket.socket) -> None:
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([client], [], [], max(0.0, min(left, _LOOK_SECONDS)))
            if self._stopping.is_set() or (readable and _is_closed(client)):
                raise ClientGone
            if left <= 0:
                return
            if readable:  # the next request is here already; do not spin on it
                time.sleep(max(0.0, min(left, _LOOK_SECONDS)))


def _is_closed(client: socket.socket) -> bool:
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True
