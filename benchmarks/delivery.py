"""Delivery: from an outbox row to the request at Twilio's door, with telemetry on.

    python -m benchmarks.delivery [--seconds 20] [--rate 50]

A real worker sends; the door is a server that notes when each request arrives. Each message goes
to a user of its own, as the messages of many users do. Wanted at 50 a second on two free cores:
p50 <= 30 ms, p99 <= 150 ms.
"""

import argparse
import json
import secrets
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import psycopg
from cryptography.fernet import Fernet

from benchmarks.bounds import Bounds
from benchmarks.ground import own_server, prepared_stack
from tests.acceptance.stack import Stack

WARM_UP = 100  # messages
PATIENCE = 30.0  # seconds for the last message
WANTED_P50, WANTED_P99 = 30.0, 150.0  # ms


class Door:
    """Twilio's, as far as a message's arrival goes."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                now = time.perf_counter()
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                door.arrived[form["Body"][0]] = now
                answer = json.dumps({"sid": "SM" + secrets.token_hex(16), "status": "queued"})
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--rate", type=float, default=50, help="messages a second")
    given = options.parse_args()
    with (
        own_server() as server,
        open_door() as door,
        working(server, door) as stack,
        psycopg.connect(stack.database_url, autocommit=True) as connection,
    ):
        key = stack.environment["CONTACT_KEY"].encode()
        send(connection, key, door, WARM_UP, rate=10)
        waits = send(connection, key, door, int(given.seconds * given.rate), rate=given.rate)
    bounds = Bounds()
    percentiles = statistics.quantiles(waits, n=100)
    print(f"Outbox row to the request at Twilio's door, {len(waits)} at {given.rate:g} a second")
    for name, measured, wanted in (
        ("p50", percentiles[49], WANTED_P50),
        ("p99", percentiles[98], WANTED_P99),
    ):
        print(f"    {name} {measured:6.1f} ms   {bounds.at_most(measured, wanted)}: {wanted:g} ms")
    bounds.end()


def send(
    connection: psycopg.Connection, key: bytes, door: Door, count: int, *, rate: float
) -> list[float]:
    """Queue messages at a steady rate; returns how long each took to the door, in milliseconds."""
    users = [add_user(connection, key) for _ in range(count)]
    began, queued = time.perf_counter(), {}
    for number, (user_id, request_id) in enumerate(users):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        queued[user_id] = time.perf_counter()
        connection.execute(
            "SELECT enqueue_message(%s, %s, 'reply', %s, %s)",
            [user_id, request_id, user_id, [user_id]],
        )
    deadline = time.perf_counter() + PATIENCE
    while not queued.keys() <= door.arrived.keys():
        assert time.perf_counter() < deadline, "not every message came to the door"
        time.sleep(0.05)
    return [(door.arrived[user_id] - at) * 1000 for user_id, at in queued.items()]


def add_user(connection: psycopg.Connection, key: bytes) -> tuple[str, UUID]:
    user_id, request_id = secrets.token_hex(16), uuid4()
    address = Fernet(key).encrypt(f"whatsapp:+1555{secrets.randbelow(10**7):07}".encode())
    connection.execute(
        "INSERT INTO contact (user_id, platform, address_encrypted) VALUES (%s, 'whatsapp', %s)",
        [user_id, address],
    )
    connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, %s, 'whatsapp', %s, %s, 5)",
        [request_id, user_id, uuid4(), secrets.token_hex(16), secrets.token_hex(8)],
    )
    return user_id, request_id


@contextmanager
def open_door() -> Iterator[Door]:
    door = Door()
    thread = threading.Thread(target=door.server.serve_forever, args=(0.05,))
    thread.start()
    yield door
    door.server.shutdown()
    thread.join()
    door.server.server_close()


@contextmanager
def working(server: str, door: Door) -> Iterator[Stack]:
    """Run a worker that keeps all limits and sends to the door."""
    with prepared_stack(server, TWILIO_BASE_URL=door.url, PAIR_INTERVAL_SECONDS="6") as stack:
        stack.start_worker()
        yield stack


if __name__ == "__main__":
    main()
