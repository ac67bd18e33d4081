"""What builds cost that wait for a slow model: memory of their worker, and its heartbeat.

    python -m benchmarks.waiting_builds [--builds 10 100 500]

One worker for builds holds them all (`BUILDS_PER_WORKER`) while the engineer's model is silent.
Wanted: at 500 at most 150 MB more than with one, and a heartbeat never older than ten seconds,
half of what makes other workers take its jobs.
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from benchmarks.handoffs import own_server
from benchmarks.records import fresh_database
from bot.cli.processes import Program
from bot.jobs.timings import Timings
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import WORKER_COMMAND, Stack

LIMIT = 900.0  # seconds
LOOK = 0.5  # seconds between two looks: the stand-in is in this process and needs it too
WANTED_MB, WANTED_HEARTBEAT = 150.0, Timings().stall / 2
SILENCE = """
SELECT max(extract(epoch FROM now() - last_heartbeat))::float AS seconds FROM procrastinate_workers
"""


def hold(stack: Stack, builds: int) -> float:
    """Let builds begin until that many wait for the engineer's model; returns the age of the oldest
    heartbeat that was seen meanwhile, in seconds.
    """
    ages: list[float] = []

    def all_wait() -> bool:
        ages.append(stack.rows(SILENCE)[0]["seconds"])
        return waiting(stack) >= builds

    phones = [stack.phone() for _ in range(builds - waiting(stack))]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_ask, phones))
    end = time.monotonic() + LIMIT
    while not all_wait():
        assert time.monotonic() < end, f"fewer than {builds} builds wait for the model"
        time.sleep(LOOK)
    return max(ages)


def waiting(stack: Stack) -> int:
    """How many engineers' calls the model leaves waiting."""
    return stack.claude.journal.count("frontend")


def _ask(phone: Phone) -> None:
    phone.say("Build me a counter")


def megabytes(worker: Program) -> float:
    """What only the worker uses of memory."""
    return float(psutil.Process(worker.process.pid).memory_full_info().uss) / 1e6


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--builds", type=int, nargs="+", default=[10, 100, 500])
    given = arguments.parse_args()
    most = str(max(given.builds) + 1)
    with tempfile.TemporaryDirectory(prefix="textcrew-") as folder, own_server() as server:
        stack = Stack(
            fresh_database(server),
            Path(folder),
            BUILDS_PER_WORKER=most,
            MODEL_FIRST_EVENT_SECONDS=str(LIMIT),
            AGENT_TIMEOUT_SECONDS=str(round(LIMIT)),
            TOTAL_DAILY_BUDGET_USD="10000",  # a call that waits has the most it may cost reserved
        )
        try:
            measure(stack, given.builds)
        finally:
            stack.let_go()
            stack.stop()


def measure(stack: Stack, numbers: list[int]) -> None:
    """Print a line for each number of builds that wait."""
    stack.claude.start()
    stack.twilio.start()
    stack.start_web()
    stack.programs.start("conversations", [*WORKER_COMMAND, "--only", "conversations"])
    worker = stack.programs.start("builds", [*WORKER_COMMAND, "--only", "builds"])
    stack.await_worker()
    stack.hold_model("frontend")
    hold(stack, 1)  # what is imported with the first one
    with_one = megabytes(worker)
    for builds in sorted(numbers):
        oldest = hold(stack, builds)
        more = megabytes(worker) - with_one
        kept = more <= WANTED_MB and oldest <= WANTED_HEARTBEAT
        print(
            f"{builds:5} builds wait: {more:6.1f} MB more than with one"
            f"   oldest heartbeat {oldest:4.1f} s   {'kept' if kept else 'MISSED'}"
        )


if __name__ == "__main__":
    main()
