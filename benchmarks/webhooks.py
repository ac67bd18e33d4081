"""What a webhook costs beside the least that it could cost.

    python -m benchmarks.webhooks [--messages 600] [--rounds 5] [--json]

16 connections send signed messages of many users as fast as they are answered, in turns to the
product's web process, with telemetry and without, and to a floor: Flask under the same gunicorn
configuration, which commits one row. On a busy machine the CPU of the web process compares best;
it includes what is written a moment later. Wanted: with telemetry at least 0.65 of the floor, and
p99 at most twice the floor's.
"""

import argparse
import json
import os
import platform
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import psutil

from benchmarks.bounds import Bounds
from benchmarks.cpu import cpu_seconds
from benchmarks.ground import own_server, prepared_stack
from benchmarks.webhook_sender import CONNECTIONS, send, signed_requests
from tests.acceptance.stack import Stack, eventually, free_address

WRITTEN = 1.5  # seconds until what is buffered is written
WANTED_SHARE, WANTED_P99 = 0.65, 2.0  # of the floor
FLOOR = [sys.executable, "-m", "gunicorn", "-c", "python:benchmarks.webhook_floor"]
FLOOR_APP = "benchmarks.webhook_floor:create_app()"
DATABASE = "SELECT pid FROM pg_stat_activity"
OFF = {"ENABLE_LOGFIRE": "false", "LOCAL_RECORDS": "false"}
WAYS = ("floor", "product", "product without telemetry")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A round, or the median of several; CPU in ms a message, of the web process and PostgreSQL."""

    cpu_ms: float
    database_ms: float
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, kw_only=True)
class Target:
    """One of those that are compared."""

    stack: Stack
    program: str
    base_url: str

    def measure(self, messages: int) -> Measured:
        """Send so many messages and see what that takes."""
        url = f"{self.base_url}/webhooks/whatsapp"
        requests = list(signed_requests(url, messages))
        cpu, database = cpu_seconds(self.stack, self.program), self._database()
        began = time.perf_counter()
        taken = sorted(1000 * seconds for seconds in send(url, requests))
        seconds = time.perf_counter() - began
        time.sleep(WRITTEN)
        return Measured(
            cpu_ms=1000 * (cpu_seconds(self.stack, self.program) - cpu) / messages,
            database_ms=1000 * (self._database() - database) / messages,
            per_second=messages / seconds,
            p50_ms=taken[messages // 2],
            p99_ms=taken[int(messages * 0.99) - 1],
        )

    def _database(self) -> float:
        """CPU seconds of the server's processes."""
        total = 0.0
        for row in self.stack.rows(DATABASE):
            if psutil.pid_exists(row["pid"]):  # the one that asked is gone
                total += sum(psutil.Process(row["pid"]).cpu_times()[:2])
        return total


@contextmanager
def targets() -> Iterator[dict[str, Target]]:
    """All of them, each with a database of its own on one server."""
    with own_server() as server, ExitStack() as running:
        found = {}
        for way in WAYS:
            stack = running.enter_context(prepared_stack(server, **(OFF if way == WAYS[2] else {})))
            found[way] = _started(stack, is_floor=way == "floor")
        yield found


def _started(stack: Stack, *, is_floor: bool) -> Target:
    if not is_floor:
        stack.start_web()
        return Target(stack=stack, program="web", base_url=stack.public_url)
    address = free_address()
    stack.disturb().start("floor", [*FLOOR, "--bind", urlsplit(address).netloc, FLOOR_APP])
    eventually(lambda: _listens(address), "the floor listens")
    return Target(stack=stack, program="floor", base_url=address)


def _listens(address: str) -> bool:
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname, parts.port)).close()
    except OSError:
        return False
    return True


def compare(found: dict[str, Target], messages: int, rounds: int) -> dict[str, Measured]:
    """The medians of rounds in turns."""
    for target in found.values():
        target.measure(messages)  # what is imported, planned and connected with the first ones
    taken: dict[str, list[Measured]] = {way: [] for way in found}
    for _ in range(rounds):
        for way, target in found.items():
            taken[way].append(target.measure(messages))
    return {
        way: Measured(**{
            figure: statistics.median(asdict(measured)[figure] for measured in all_of_it)
            for figure in asdict(all_of_it[0])
        })
        for way, all_of_it in taken.items()
    }  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--messages", type=int, default=600, help="in each round")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    with targets() as found:
        medians = compare(found, given.messages, given.rounds)
    floor, product = medians["floor"], medians["product"]
    goals = {
        "share_of_floor_by_cpu": (floor.cpu_ms / product.cpu_ms, WANTED_SHARE),
        "share_of_floor_by_throughput": (product.per_second / floor.per_second, WANTED_SHARE),
        "p99_times_floor": (product.p99_ms / floor.p99_ms, WANTED_P99),
    }
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    if given.json:
        measured = {way: asdict(figures) for way, figures in medians.items()}
        told = {name: {"is": is_, "goal": goal} for name, (is_, goal) in goals.items()}
        print(json.dumps({"machine": machine, "measured": measured, "goals": told}))
        return
    print(f"webhooks over {CONNECTIONS} connections, {machine}")
    for way, figures in medians.items():
        print(
            f"    {way:26} {figures.cpu_ms:6.2f} ms CPU  {figures.database_ms:6.2f} ms database"
            f"  {figures.per_second:6.0f}/s  p50 {figures.p50_ms:6.1f} ms"
            f"  p99 {figures.p99_ms:6.1f} ms"
        )
    bounds = Bounds()
    for name, (is_, goal) in goals.items():
        at_most = name.startswith("p99")
        kept = bounds.at_most(is_, goal) if at_most else bounds.at_least(is_, goal)
        print(f"    {name:30} {is_:5.2f}  {kept}: {'at most' if at_most else 'at least'} {goal:g}")
    bounds.end()


if __name__ == "__main__":
    main()
