"""How fast the stand-in answers, so that a test can do something in the middle of a call.

A wait that is under way follows the delay that is set now: who shortens it ends the wait, so that a
long delay holds calls until a test lets them go on.
"""

import select
import socket
import time
from collections.abc import Callable
from threading import Event, Lock

from pydantic import BaseModel, ConfigDict, Field

_LOOK_SECONDS = 0.1
PING_SECONDS = 0.2


class Delay(BaseModel):
    """Seconds before an answer begins and between two pieces of it; for one role if given.

    The first `after_turns` answers to an agent are not delayed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: float = Field(default=0.0, ge=0)
    chunk: float = Field(default=0.0, ge=0)
    role: str | None = None
    after_turns: int = Field(default=0, ge=0)

    def fits(self, role: str, turn: int) -> bool:
        return self.role in {None, role} and turn > self.after_turns


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

    def before(self, role: str, turn: int, client: socket.socket) -> None:
        """Wait before an answer. Raises `ClientGone`."""

        def seconds() -> float:
            delay = self.delay
            return delay.before if delay.fits(role, turn) else 0.0

        self._wait(seconds, client)

    def between_chunks(self, role: str, turn: int, client: socket.socket) -> None:
        """Wait between two pieces. Raises `ClientGone`."""

        def seconds() -> float:
            delay = self.delay
            return delay.chunk if delay.fits(role, turn) else 0.0

        self._wait(seconds, client)

    def between_pings(self, client: socket.socket) -> None:
        """Wait between two pings. Raises `ClientGone`."""
        self._wait(lambda: PING_SECONDS, client)

    def forever(self, client: socket.socket) -> None:
        """Wait until the client gives up. Raises `ClientGone`."""
        self._wait(lambda: float("inf"), client)

    def _wait(self, seconds: Callable[[], float], client: socket.socket) -> None:
        began = time.monotonic()
        while True:
            left = began + seconds() - time.monotonic()
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
