"""What the loop does with clients that read slowly or not at all, over real sockets."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from bot.serving import loop as module
from bot.serving.connection import ClientConnection, HttpResponse
from bot.serving.loop import Loop
from bot.serving.open_connections import OpenConnections
from tests.acceptance.stack import eventually

REQUEST = b"GET / HTTP/1.1\r\n\r\n"
LARGE = b"x" * 20_000_000  # more than the system takes in for one who does not read


class Running:
    """A loop in a thread; it answers each request as `answer` says."""

    def __init__(self) -> None:
        self.answer = HttpResponse([b"answer"])
        self.taken = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pipe = os.pipe()
        os.set_blocking(self._pipe[1], False)
        self.open_connections = OpenConnections(1000, [])
        self._loop = Loop([self._listener], self._pipe, self.open_connections, self._take, 5.0)
        self._stops = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stops.set()
        self._thread.join()
        self._loop.close()
        self._listener.close()
        for end in self._pipe:
            os.close(end)

    def client(self, sent: bytes = REQUEST) -> socket.socket:
        client = socket.create_connection(self._listener.getsockname(), timeout=30)
        client.sendall(sent)
        return client

    def _run(self) -> None:
        while not self._stops.is_set():
            self._loop.run_once()

    def _take(self, connection: ClientConnection) -> None:
        self.taken += 1
        self._loop.answer(connection, self.answer)


@pytest.fixture
def running() -> Iterator[Running]:
    with Running() as running:
        yield running


def read(client: socket.socket) -> int:
    """How many bytes come until the connection ends, however it does."""
    total = 0
    try:
        while piece := client.recv(1_000_000):
            total += len(piece)
    except ConnectionResetError:
        pass  # the other side closed it
    return total


def send_on(client: socket.socket) -> None:
    """Send until that fails."""
    while True:
        client.sendall(b"and more")


def test_a_large_answer_arrives_wholly_at_who_reads_it(running: Running) -> None:
    running.answer = HttpResponse([b"head", LARGE, b"", b"tail"])
    with running.client() as client:
        assert read(client) == len(LARGE) + 8
    eventually(lambda: not running.open_connections, "the connection is over")


def test_who_does_not_read_an_answer_loses_it_in_time(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SENDING_SECONDS", 0.2)
    monkeypatch.setattr(module, "SLOWEST_READER", len(LARGE) * 10)
    running.answer = HttpResponse([LARGE])
    with running.client() as client:
        eventually(lambda: running.taken, "its request is taken")
        eventually(lambda: not running.open_connections, "it is ended")
        assert read(client) < len(LARGE)


def test_answers_that_nobody_reads_take_a_bounded_memory(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD_LIMIT", 2 * len(LARGE))
    monkeypatch.setattr(module, "SENDING_SECONDS", 120.0)
    running.answer = HttpResponse([LARGE])
    clients = []
    for number in range(4):
        clients.append(running.client())
        if number < 2:
            eventually(lambda: len(running.open_connections) == len(clients), "it is connected")
    assert read(clients[-1]) == len(LARGE), "who came last"
    assert read(clients[0]) < len(LARGE), "who has waited longest"
    for client in clients:
        client.close()


def test_requests_that_never_end_take_a_bounded_memory(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD_LIMIT", 300_000)
    monkeypatch.setattr(module, "ARRIVAL_SECONDS", 120.0)
    begun = b"POST / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n" + b"x" * 50_000
    clients = [running.client(begun) for _ in range(10)]
    assert read(clients[0]) == 0
    with running.client() as client:
        assert read(client) == len(b"answer")
    eventually(lambda: len(running.open_connections) <= 6, "what is too much is given up")
    for client in clients:
        client.close()


def test_who_keeps_a_connection_open_behind_its_last_answer_loses_it(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.2)
    with running.client() as client:
        assert read(client) == len(b"answer")
        eventually(lambda: not running.open_connections, "the connection is over")
        with pytest.raises(ConnectionError):
            send_on(client)
