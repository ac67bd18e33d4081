"""Clients that hold connections and never say anything whole, of four kinds, and what they would
keep waiting: a webhook and an app's visitors.
"""

import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

import requests

from bot.sandbox.twilio.messages import new_sid
from tests.acceptance.messages import link_in
from tests.acceptance.stack import ACCOUNT_SID, AUTH_TOKEN, BOT, Stack, announced
from tests.integration.twilio_forms import Fields, encoded, signed

KINDS = ("nothing", "half a header", "half a body", "a byte at a time")
BETWEEN_BYTES = 0.2  # seconds
PATIENCE = 60.0  # seconds for an answer; `make bench` measures it


class SlowClients:
    """So many connections at once, in equal parts of each kind and to each address.

    One that the other side ends is opened again, so that they are always as many. Use it as a
    context manager.
    """

    def __init__(self, urls: Sequence[str], count: int) -> None:
        self.ended: Counter[str] = Counter()  # by the other side
        self.most_at_once = 0
        self._plan = [
            (KINDS[number % len(KINDS)], urlsplit(urls[number // len(KINDS) % len(urls)]))
            for number in range(count)
        ]
        self._count = count
        self._open_now: dict[socket.socket, int] = {}
        self._selector = selectors.DefaultSelector()
        self._stops = threading.Event()
        self._all_open = threading.Event()
        self._thread = threading.Thread(target=self._hold)

    def __enter__(self) -> "SlowClients":
        self._thread.start()
        assert self._all_open.wait(60), "all connect"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stops.set()
        self._thread.join()

    def _hold(self) -> None:
        with self._selector:
            for number in range(self._count):
                self._open(number)
            self._all_open.set()
            next_byte = time.monotonic()
            while not self._stops.is_set():
                self.most_at_once = max(self.most_at_once, len(self._open_now))
                for key, _ in self._selector.select(0.05):
                    self._hear(key.data, self._open_now[key.data])
                if time.monotonic() >= next_byte:
                    next_byte += BETWEEN_BYTES
                    for sock, number in self._open_now.items():
                        if self._plan[number][0] == "a byte at a time":
                            self._send(sock, b"G")
            for sock in tuple(self._open_now):
                self._close(sock)

    def _open(self, number: int) -> None:
        kind, address = self._plan[number]
        sock = socket.create_connection((address.hostname, address.port), timeout=60)
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, sock)
        self._open_now[sock] = number
        self._send(sock, begun(kind, address.netloc))

    def _hear(self, sock: socket.socket, number: int) -> None:
        try:
            if sock.recv(1000):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # ended, as by an end of its bytes
        self.ended[self._plan[number][0]] += 1
        self._close(sock)
        self._open(number)

    def _send(self, sock: socket.socket, data: bytes) -> None:
        with suppress(OSError):  # its end is heard
            sock.send(data)

    def _close(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        del self._open_now[sock]
        sock.close()


def begun(kind: str, host: str) -> bytes:
    """What a client of this kind sends first."""
    head = f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {host}\r\n"
    match kind:
        case "half a header":
            return head.encode()
        case "half a body":
            form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000"
            return f"{head}{form}\r\n\r\nBody=".encode()
        case "a byte at a time":
            return b"G"
        case _:
            return b""


def built(stack: Stack) -> str:
    """Where an app is that somebody has had built."""
    phone = stack.phone()
    phone.say("Build me a counter")
    return link_in(phone.wait_for(announced, 60))


def webhook(stack: Stack) -> Callable[[], requests.Response]:
    """Sends one and the same message again and again, each time on a new connection."""
    url = f"{stack.public_url}/webhooks/whatsapp"
    fields: Fields = {
        "MessageSid": new_sid(),
        "AccountSid": ACCOUNT_SID,
        "From": "whatsapp:+15550107001",
        "To": BOT,
        "Body": "help",
        "NumMedia": "0",
    }
    body, headers = encoded(fields), signed(fields, url=url, token=AUTH_TOKEN)
    return lambda: requests.post(url, data=body, headers=headers, timeout=PATIENCE)
