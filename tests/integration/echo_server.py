"""The product's gunicorn worker before an application of the test's, and clients byte by byte."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

from tests.acceptance.stack import eventually

ROOT = Path(__file__).parents[2]
WORKER = [sys.executable, "-m", "gunicorn", "-k", "bot.serving.worker.BufferingWorker"]
APPLICATION = "tests.integration.echo_application:application"
THREADS = 2  # of each lane
PLACES = 100


class Answer(NamedTuple):
    """What a client is sent."""

    status: int
    headers: Message
    body: bytes


class Server:
    """A running one."""

    def __init__(
        self, address: tuple[str, int], folder: Path, process: "subprocess.Popen[str]"
    ) -> None:
        self.process = process
        self._address = address
        self._folder = folder

    def client(self, sent: bytes = b"") -> "Client":
        """A new connection, and something that is sent on it."""
        client = Client(socket.create_connection(self._address, timeout=30))
        client.send(sent)
        return client

    def held(self, lane: str, number: int) -> "Client":
        """A client whose request is being worked at until it is let go."""
        client = self.client(get(f"/{lane}?until={number}"))
        eventually(self._mark(number).exists, "the application has the request")
        return client

    def let_go(self, number: int) -> None:
        """Let the application answer a request that was held."""
        self._mark(number).unlink()

    def _mark(self, number: int) -> Path:
        return self._folder / f"waiting-{number}"

    @property
    def log(self) -> str:
        return (self._folder / "echo.log").read_text()


class Client:
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._file = sock.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, method: str = "GET") -> Answer:
        """The next answer; one that is not in chunks names its length."""
        status = int(self._file.readline().split()[1])
        headers = http.client.parse_headers(self._file)
        body = b""
        if "Transfer-Encoding" in headers:
            while size := int(self._file.readline(), 16):
                body += self._file.read(size)
                self._file.readline()
            self._file.readline()
        elif method != "HEAD":
            body = self._file.read(int(headers["Content-Length"]))
        return Answer(status, headers, body)

    def told(self) -> dict[str, Any]:
        """What the application tells of the request."""
        answer = self.answer()
        assert answer.status == 200
        told: dict[str, Any] = json.loads(answer.body)
        return told

    def is_closed(self) -> bool:
        """Whether the other side ends the connection; waits for that."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True


def get(target: str, *headers: str) -> bytes:
    """A request without a body."""
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: echo", *headers, "", ""]).encode()


def post(target: str, body: bytes, *headers: str) -> bytes:
    """A request with a body of known length."""
    length = f"Content-Length: {len(body)}"
    lines = [f"POST {target} HTTP/1.1", "Host: echo", length, *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def chunked(target: str, *chunks: bytes) -> bytes:
    """A request whose body comes in pieces."""
    head = f"POST {target} HTTP/1.1\r\nHost: echo\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join([head.encode(), *pieces, b"0\r\n\r\n"])


@contextmanager
def running(folder: Path, **seconds: float) -> Iterator[Server]:
    """Start the server with one process, few places, and `seconds` for what its loop does."""
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "echo.log").open("w") as log:
        number = listener.fileno()
        arguments = [
            "--bind",
            f"fd://{number}",
            "--worker-connections",
            str(PLACES),
            "--threads",
            str(THREADS),
            "--graceful-timeout",
            "120",
        ]
        process = subprocess.Popen(
            [*WORKER, *arguments, "--keep-alive", "5", "--no-control-socket", APPLICATION],
            pass_fds=[number],
            cwd=ROOT,
            env=os.environ | {"ECHO_FOLDER": str(folder), "ECHO_SECONDS": json.dumps(seconds)},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Server(listener.getsockname(), folder, process)
        finally:
            process.kill()
            process.wait()
