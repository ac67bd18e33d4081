"""Receives requests and sends answers, for all connections in one thread that waits for none.

A request is handed over when all of it has arrived, within a deadline that holds for head and body
together; an answer is given back whole, so that a client that reads slowly waits for itself.
"""

import errno
import logging
import os
import selectors
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from queue import Empty, SimpleQueue
from time import monotonic

from bot.serving.arrival import Arrival, ArrivalState
from bot.serving.connection import ClientConnection, ConnectionState, HttpResponse
from bot.serving.error_responses import STATUS_OF, refusal
from bot.serving.open_connections import OpenConnections

log = logging.getLogger(__name__)

ARRIVAL_SECONDS = 10.0  # for a request, head and body; of a new connection also for its first byte
SENDING_SECONDS = 30.0  # for an answer, and one more for each
SLOWEST_READER = 16 * 1024  # bytes of it
HELD_LIMIT = 64 * 1024 * 1024  # bytes of requests that arrive and answers that wait to be read
LINGER_SECONDS = 5.0
DRAIN_SECONDS = 2.0  # for who is not being served when we are to stop
LOOK_SECONDS = 0.25  # between two looks for what is overdue
WARN_SECONDS = 60.0
PIECE = 64 * 1024  # bytes
ACCEPTED_AT_ONCE = 16
WHOLE_ENOUGH = (ArrivalState.WHOLLY, ArrivalState.ENOUGH)


class Loop:
    """Calls `hand_over` with each connection whose request has arrived, and waits for `answer`."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        wake: tuple[int, int],  # the two ends of a pipe that does not block
        open_connections: OpenConnections,
        hand_over: Callable[[ClientConnection], None],
        keep_seconds: float,
    ) -> None:
        self._listeners = listeners
        self._wake_in, self._wake_out = wake
        self._open = open_connections
        self._hand_over = hand_over
        self._keep_seconds = keep_seconds
        self._answers: SimpleQueue[tuple[ClientConnection, HttpResponse]] = SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_in, selectors.EVENT_READ, self._take_answers)
        for listener in listeners:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))
        self._held = 0
        self._is_draining = False
        self._next_look = self._next_warning = 0.0

    @property
    def is_done(self) -> bool:
        """Whether nobody is connected any more."""
        return not self._open

    def run_once(self) -> None:
        """Do what can be done now; waits for it a moment at most."""
        for key, _ in self._selector.select(LOOK_SECONDS):
            key.data()
        if (now := monotonic()) >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._close_overdue(now)

    def drain(self) -> None:
        """Take no new connections, and keep none for another request."""
        self._is_draining = True
        for listener in self._listeners:
            self._selector.unregister(listener)
        now = monotonic()
        for connection in self._open:
            if connection.state in (ConnectionState.IDLE, ConnectionState.ARRIVING):
                connection.until = min(connection.until, now + DRAIN_SECONDS)

    def close(self) -> None:
        """End all connections."""
        for connection in self._open:
            self._drop(connection)
        self._selector.close()

    def answer(self, connection: ClientConnection, answer: HttpResponse) -> None:
        """Have a connection that was handed over answered. Any thread may call this."""
        self._answers.put((connection, answer))
        with suppress(BlockingIOError):  # it may be full of wake-up calls
            os.write(self._wake_out, b".")

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                sock, client = listener.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self._make_room("")
                return
            client_network = self._open.client_network(client)
            if not self._open.has_room(client_network) and not self._make_room(client_network):
                sock.close()
                continue
            sock.setblocking(False)
            now = monotonic()
            connection = ClientConnection(
                sock=sock,
                client=client,
                server=listener.getsockname(),
                client_network=client_network,
                state=ConnectionState.ARRIVING,
                since=now,
                until=now + ARRIVAL_SECONDS,
            )
            self._open.take(connection)
            self._watch(connection, selectors.EVENT_READ, self._receive)

    def _make_room(self, client_network: str) -> bool:
        """Close the connection that has waited longest; False if all are being served."""
        if (now := monotonic()) >= self._next_warning:
            self._next_warning = now + WARN_SECONDS
            if self._open.is_crowded(client_network):
                log.warning(
                    "one address has too many connections; if it is a proxy of yours, "
                    "name it in TRUSTED_PROXIES"
                )
            else:
                log.warning("all %d places for connections are taken", len(self._open))
        waiting = self._open.longest_waiting(client_network)
        if waiting is not None:
            self._drop(waiting)
        return waiting is not None

    def _receive(self, connection: ClientConnection) -> None:
        piece = self._read(connection)
        if piece is None:
            return
        if connection.state is ConnectionState.IDLE:
            connection.enter(ConnectionState.ARRIVING, monotonic(), ARRIVAL_SECONDS)
        self._held -= len(connection.arrival)
        connection.arrival.add(piece)
        self._held += len(connection.arrival)
        self._act_on_arrival(connection)
        self._hold_less()

    def _act_on_arrival(self, connection: ClientConnection) -> None:
        arrival = connection.arrival
        if arrival.state in STATUS_OF:
            self._send(connection, refusal(STATUS_OF[arrival.state], arrival))
        elif arrival.state in WHOLE_ENOUGH:
            self._unwatch(connection)
            connection.state = ConnectionState.SERVED
            self._hand_over(connection)
        elif arrival.awaits_continue:
            arrival.awaits_continue = False
            connection.tell(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _take_answers(self) -> None:
        os.read(self._wake_in, PIECE)
        while True:
            try:
                connection, answer = self._answers.get_nowait()
            except Empty:
                return
            self._send(connection, answer)

    def _send(self, connection: ClientConnection, answer: HttpResponse) -> None:
        connection.queue(answer)
        unsent = connection.unsent
        self._held += unsent
        connection.enter(
            ConnectionState.SENDING, monotonic(), SENDING_SECONDS + unsent / SLOWEST_READER
        )
        self._go_on_sending(connection)
        if connection.outgoing and connection.state is ConnectionState.SENDING:
            self._watch(connection, selectors.EVENT_WRITE, self._go_on_sending)
        self._hold_less()

    def _go_on_sending(self, connection: ClientConnection) -> None:
        try:
            while connection.outgoing:
                self._held -= connection.send()
                connection.since = monotonic()
        except BlockingIOError:
            return
        except OSError:
            self._drop(connection)
            return
        if connection.keeps:
            self._await_next(connection)
        else:
            self._linger(connection)

    def _await_next(self, connection: ClientConnection) -> None:
        self._held -= len(connection.arrival)
        connection.arrival = Arrival(connection.arrival.rest)
        self._held += len(connection.arrival)
        now = monotonic()
        if connection.arrival:
            connection.enter(ConnectionState.ARRIVING, now, ARRIVAL_SECONDS)
        else:
            connection.enter(ConnectionState.IDLE, now, self._keep_seconds)
        if self._is_draining:
            connection.until = min(connection.until, now + DRAIN_SECONDS)
        self._watch(connection, selectors.EVENT_READ, self._receive)
        self._act_on_arrival(connection)

    def _linger(self, connection: ClientConnection) -> None:
        """Let the client read the answer: what it still sends would else end the connection."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(connection)
            return
        connection.enter(ConnectionState.LINGERING, monotonic(), LINGER_SECONDS)
        self._watch(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection: ClientConnection) -> bytes | None:
        """What has come; None if that is nothing, or the client is gone."""
        try:
            piece = connection.sock.recv(PIECE)
        except BlockingIOError:
            return None
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
        return piece or None

    def _close_overdue(self, now: float) -> None:
        for connection in self._open:
            if connection.until < now and connection.state is not ConnectionState.SERVED:
                if connection.state is ConnectionState.ARRIVING and connection.arrival:
                    connection.tell(*refusal(HTTPStatus.REQUEST_TIMEOUT).pieces)
                self._drop(connection)

    def _hold_less(self) -> None:
        """Close who has waited longest of those for whom something is kept, if it is too much."""
        while self._held > HELD_LIMIT:
            waiting = self._open.longest_waiting("", holding=True)
            if waiting is None:
                return
            self._drop(waiting)

    def _drop(self, connection: ClientConnection) -> None:
        if connection.state is ConnectionState.CLOSED:
            return
        self._unwatch(connection)
        self._held -= connection.held
        self._open.leave(connection)
        connection.state = ConnectionState.CLOSED
        connection.sock.close()

    def _watch(
        self, connection: ClientConnection, event: int, do: Callable[[ClientConnection], object]
    ) -> None:
        self._unwatch(connection)
        self._selector.register(connection.sock, event, partial(_unless_closed, connection, do))
        connection.is_watched = True

    def _unwatch(self, connection: ClientConnection) -> None:
        if connection.is_watched:
            self._selector.unregister(connection.sock)
            connection.is_watched = False


def _unless_closed(connection: ClientConnection, do: Callable[[ClientConnection], object]) -> None:
    """It may have made room for another one since it became ready."""
    if connection.state is not ConnectionState.CLOSED:
        do(connection)
