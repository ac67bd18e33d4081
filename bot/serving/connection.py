"""One connection of a client: what it sends, what it is sent, and until when it may take."""

import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from bot.serving.arrival import Arrival


class ConnectionState(Enum):
    """What a connection is at."""

    IDLE = auto()  # it was kept for another request, of which nothing has come
    ARRIVING = auto()
    SERVED = auto()  # a thread works for it, or will
    SENDING = auto()
    LINGERING = auto()  # all is sent; the client has the time to read it before we close
    CLOSED = auto()


@dataclass(frozen=True)
class HttpResponse:
    """What a client is sent, and whether its connection is kept for another request."""

    pieces: list[bytes]
    keeps: bool = False


@dataclass(eq=False)
class ClientConnection:
    """Belongs to the loop; a thread has it only while it is `SERVED`."""

    sock: socket.socket
    client: Any  # the address as the system gives it
    server: Any
    client_network: str  # whose connections are counted together; empty for nobody's
    state: ConnectionState
    since: float  # when it came to its state, or last took something; on the monotonic clock
    until: float  # when it is closed if it is still at its state
    arrival: Arrival = field(default_factory=Arrival)
    is_watched: bool = False  # whether its socket wakes the loop
    keeps: bool = False
    outgoing: deque[memoryview] = field(default_factory=deque)

    @property
    def unsent(self) -> int:
        """Bytes that it is still to be sent."""
        return sum(len(piece) for piece in self.outgoing)

    @property
    def held(self) -> int:
        """Bytes that are kept for it, of its request and of its answer."""
        return len(self.arrival) + self.unsent

    def enter(self, state: ConnectionState, now: float, seconds: float) -> None:
        """Come to another state, to stay there for so many seconds at most."""
        self.state, self.since, self.until = state, now, now + seconds

    def queue(self, answer: HttpResponse) -> None:
        """Have something to be sent."""
        self.outgoing.extend(memoryview(piece) for piece in answer.pieces if piece)
        self.keeps = answer.keeps

    def send(self) -> int:
        """Send as much as the client takes at once; returns how many bytes.

        Raises `BlockingIOError` where it takes nothing now, another `OSError` where it is gone.
        """
        # Head and body together: a small piece that follows another waits to be confirmed.
        sent = taken = self.sock.sendmsg([*self.outgoing][:16])
        while self.outgoing and taken >= len(self.outgoing[0]):
            taken -= len(self.outgoing.popleft())
        if taken:
            self.outgoing[0] = self.outgoing[0][taken:]
        return sent

    def tell(self, *pieces: bytes) -> None:
        """Say something at the side, if the client takes it at once."""
        with suppress(OSError):
            self.sock.sendmsg(pieces)
