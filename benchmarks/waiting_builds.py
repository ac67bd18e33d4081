"""What builds cost that wait for a slow model: memory of their worker, and its heartbeat.

    python -m benchmarks.waiting_builds [--builds 10 100 500]

One worker for builds holds them all (`BUILDS_PER_WORKER`) while the engineer's model is silent.
Wanted: at 500 at most 150 MB more than with one, and a heartbeat never older than ten seconds,
half of what makes other workers take its jobs.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from benchmarks.bounds import Bounds
from benchmarks.ground import ask_for_app, own_server, prepared_stack
from bot.cli.processes import Program
from bot.jobs.timings import Timings
from tests.acceptance.stack import WORKER_COMMAND, Stack

LIMIT = 900.0  # seconds
LOOK = 0.5  # seconds between two looks: the stand-in is in this process and needs it too
WANTED_MB, WANTED_HEARTBEAT = 150.0, Timings().stall / 2
SILENCE = """
SELECT max(extract(epoch FROM now() - last_heartbeat))::float AS seconds FROM procrastinate_workers
"""


def hold(stack: Stack, builds: int) -> float:
    """Let builds begin until that many wait for the model.

    Returns the age of the oldest heartbeat that was seen meanwhile, in seconds.
    """
    ages: list[float] = []

    def all_wait() -> bool:
        ages.append(stack.rows(SILENCE)[0]["seconds"])
        return waiting(stack) >= builds

    phones = [stack.phone() for _ in range(builds - waiting(stack))]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask_for_app, phones))
    end = time.monotonic() + LIMIT
    while not all_wait():
        assert time.monotonic() < end, f"fewer than {builds} builds wait for the model"
        time.sleep(LOOK)
    return max(ages)


def waiting(stack: Stack) -> int:
    """How many engineers' calls the model leaves waiting."""
    return stack.claude.journal.count("frontend")


def megabytes(worker: Program) -> float:
    """What only the worker uses of memory."""
    return float(psutil.Process(worker.process.pid).memory_full_info().uss) / 1e6


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--builds", type=int, nargs="+", default=[10, 100, 500])
    given = arguments.parse_args()
    most = str(max(given.builds) + 1)
    bounds = Bounds()
    with (
        own_server() as server,
        prepared_stack(
            server,
            BUILDS_PER_WORKER=most,
            MODEL_FIRST_EVENT_SECONDS=str(LIMIT),
            AGENT_TIMEOUT_SECONDS=str(round(LIMIT)),
            TOTAL_DAILY_BUDGET_USD="10000",  # a call that waits has the most it may cost reserved
        ) as stack,
    ):
        try:
            measure(stack, given.builds, bounds)
        finally:
            stack.let_go()
    bounds.end()


def measure(stack: Stack, numbers: list[int], bounds: Bounds) -> None:
    """Print a line for each number of builds that wait."""
    stack.start_web()
    stack.disturb().start("conversations", [*WORKER_COMMAND, "--only", "conversations"])
    worker = stack.disturb().start("builds", [*WORKER_COMMAND, "--only", "builds"])
    stack.await_worker()
    stack.hold_model("frontend")
    hold(stack, 1)  # what is imported with the first one
    with_one = megabytes(worker)
    for builds in sorted(numbers):
        oldest = hold(stack, builds)
        more = megabytes(worker) - with_one
        kept = bounds.kept_if(more <= WANTED_MB and oldest <= WANTED_HEARTBEAT)
        print(
            f"{builds:5} builds wait: {more:6.1f} MB more than with one"
            f"   oldest heartbeat {oldest:4.1f} s   {kept}"
        )


if __name__ == "__main__":
    main()
