"""What a model's turn costs the worker, beside the Anthropic client making the same calls alone.

    python -m benchmarks.turns [--builds 10]

A worker builds apps one after the other, with telemetry kept here and without any; browser checks
are left out. Counted is the CPU of its processes for each model call, conversations and deliveries
included. The client asks the same of the same stand-in in a process of its own. Wanted: a turn
takes at most 2.5 times as much, and telemetry at most 15 % of it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bounds import Bounds
from benchmarks.cpu import cpu_seconds
from benchmarks.ground import build_app, own_server, running_stack
from benchmarks.webhooks import OFF
from tests.acceptance.stack import Stack

WARMING_UP = 3  # builds
ALONE_ROUNDS = 20
WANTED_TIMES, WANTED_TELEMETRY = 2.5, 0.15


def build(stack: Stack, count: int) -> None:
    """Let that many users have an app, one after the other."""
    for _ in range(count):
        build_app(stack)


@contextmanager
def warm_stack(server: str, **environment: str) -> Iterator[Stack]:
    """A running system that has built apps before."""
    with running_stack(server, **environment) as stack:
        build(stack, WARMING_UP)
        yield stack


def turn(stack: Stack, builds: int) -> float:
    """CPU seconds of the worker for each model call of some builds."""
    calls, cpu = len(stack.model_calls()), cpu_seconds(stack, "worker")
    build(stack, builds)
    return (cpu_seconds(stack, "worker") - cpu) / (len(stack.model_calls()) - calls)


def client_alone(stack: Stack) -> float:
    """CPU seconds of the client for a call of those that the builds so far have made."""
    bodies = [call.body for call in stack.claude.journal.answered() if call.body]
    with tempfile.NamedTemporaryFile("wb", suffix=".jsonl") as file:
        file.write(b"\n".join(bodies))
        file.flush()
        command = [sys.executable, "-m", "benchmarks.model_client_alone"]
        asked = [*command, stack.claude.url, file.name, str(ALONE_ROUNDS)]
        return float(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--builds", type=int, default=10)
    builds = arguments.parse_args().builds
    with own_server() as server:
        with warm_stack(server) as stack:
            alone = client_alone(stack)
            kept = turn(stack, builds)
        with warm_stack(server, **OFF) as stack:
            off = turn(stack, builds)
    bounds = Bounds()
    times, share = kept / alone, (kept - off) / kept
    print(f"{'the client alone':40}{1000 * alone:7.2f} ms CPU a call")
    print(f"{'a turn of the worker':40}{1000 * kept:7.2f} ms")
    print(f"{'a turn of the worker, without telemetry':40}{1000 * off:7.2f} ms")
    print(f"{'times the client':40}{times:7.2f}     {_said(bounds, times, WANTED_TIMES)}")
    print(f"{'share of telemetry':40}{share:7.2f}     {_said(bounds, share, WANTED_TELEMETRY)}")
    bounds.end()


def _said(bounds: Bounds, measured: float, wanted: float) -> str:
    return f"{bounds.at_most(measured, wanted)}: at most {wanted:g}"


if __name__ == "__main__":
    main()
