"""Telemetry: what it costs to make spans, to keep them in our database, to send them to a sink.

    python -m benchmarks.records [--builds 3] [--webhooks 200]

The real web and worker processes do the same work under each way, in turns; their CPU time is
read from the system. That of a whole build is the machine's, so nothing else may run beside it. The
figures of one run compare, those of two machines do not.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.cpu import busy_seconds, cpu_seconds
from benchmarks.ground import build_app, fresh_database, own_server, prepared_stack, running_stack
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import Stack
from tests.otlp_receiver import OtlpReceiver, otlp_receiver

ROUNDS = 3
MEMORY_SPANS = 100_000
WAYS = ("off", "made", "kept", "sent", "sink hangs")

Environment = Mapping[str, str]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--builds", type=int, default=3, help="builds in each turn")
    options.add_argument("--webhooks", type=int, default=200, help="messages in each turn")
    given = options.parse_args()
    with own_server() as server, otlp_receiver() as sink, otlp_receiver() as silent:
        silent.silent = True
        ways = environments(sink, silent)
        compare(
            "CPU of a webhook",
            ways,
            lambda way: of_webhooks(server, way, given.webhooks),
        )
        compare(
            "CPU of the worker for a model turn, all of the build's work included",
            ways,
            lambda way: of_turns(server, way, given.builds),
        )
        compare(
            "CPU of a build: worker, browser, database and the stand-ins",
            ways,
            lambda way: of_builds(server, way, given.builds),
            among=("off", "kept", "sent"),
        )
        compare(
            "Time of a webhook",
            ways,
            lambda way: time_of_webhooks(server, way, given.webhooks),
            among=("sent", "sink hangs"),
        )
        memory(fresh_database(server))


def environments(sink: OtlpReceiver, silent: OtlpReceiver) -> dict[str, Environment]:
    """The settings of each way."""
    return {
        "off": {"ENABLE_LOGFIRE": "false", "LOCAL_RECORDS": "false"},
        "made": {"LOCAL_RECORDS": "false"},  # and thrown away
        "kept": {},
        "sent": {**sink.environment(), "LOCAL_RECORDS": "false"},
        "sink hangs": {**silent.environment(), "LOCAL_RECORDS": "false"},
    }


def compare(
    what: str,
    ways: Mapping[str, Environment],
    measure: Callable[[Environment], float],
    *,
    among: Sequence[str] = WAYS,
) -> None:
    """Measure each way in turns and print the medians, in milliseconds and against the first."""
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for way in among:
            taken[way].append(measure(ways[way]))
    first = statistics.median(taken[among[0]])
    print(what)
    for way in among:
        median = statistics.median(taken[way])
        more = f"{median - first:+6.3f} ms  x{median / first:5.3f}" if way != among[0] else ""
        print(f"    {way:12} {median:8.3f} ms  {more}", flush=True)


def of_webhooks(server: str, way: Environment, count: int) -> float:
    """Milliseconds of CPU that the web process takes for a message; no worker runs."""
    with answering_web(server, way) as (stack, phone):
        before = cpu_seconds(stack, "web")
        for _ in range(count):
            phone.say("help")
        time.sleep(1)  # what is buffered is sent or written
        return (cpu_seconds(stack, "web") - before) / count * 1000


def time_of_webhooks(server: str, way: Environment, count: int) -> float:
    """Milliseconds that a message takes, one after the other."""
    with answering_web(server, way) as (_, phone):
        began = time.monotonic()
        for _ in range(count):
            phone.say("help")
        return (time.monotonic() - began) / count * 1000


@contextmanager
def answering_web(server: str, way: Environment) -> Iterator[tuple[Stack, Phone]]:
    """A web process that is warm, and a phone; no worker."""
    with prepared_stack(server, **way) as stack:
        stack.start_web()
        phone = stack.phone()
        for _ in range(20):
            phone.say("help")
        yield stack, phone


def of_turns(server: str, way: Environment, count: int) -> float:
    """Milliseconds of CPU that the worker takes for a model turn of a build."""
    with building(server, way) as stack:
        before, calls = cpu_seconds(stack, "worker"), len(stack.model_calls())
        for _ in range(count):
            build_app(stack)
        time.sleep(1)
        turns = len(stack.model_calls()) - calls
        return (cpu_seconds(stack, "worker") - before) / turns * 1000


def of_builds(server: str, way: Environment, count: int) -> float:
    """Milliseconds of CPU that the machine takes for a build, with the trial in a browser."""
    with building(server, {**way, "CHECK_APPS": "true"}) as stack:
        before = busy_seconds()
        for _ in range(count):
            build_app(stack)
        time.sleep(1)
        return (busy_seconds() - before) / count * 1000


@contextmanager
def building(server: str, way: Environment) -> Iterator[Stack]:
    """A whole system that is warm."""
    with running_stack(server, **way) as stack:
        build_app(stack)
        yield stack


def memory(url: str) -> None:
    """Print the memory of a process that makes many spans, on the way and at the end."""
    command = [sys.executable, "-m", "benchmarks.many_spans", url, str(MEMORY_SPANS)]
    print(f"Memory over {MEMORY_SPANS} spans that are kept")
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
