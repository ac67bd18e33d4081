"""A stop: from the webhook to the confirmation on the phone, in the middle of a model call.

    python -m benchmarks.stopping [--stops 20]

Each stop is another user's, whose frontend engineer waits for a slow model. The stand-ins' own
time is in it: the messages travel there and back. Wanted: p95 <= 2 s, and no model call that ends
more than 2 s after the stop was said.
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.handoffs import own_server
from benchmarks.records import fresh_database
from tests.acceptance.stack import Stack, eventually


def measure(stack: Stack) -> tuple[float, float]:
    """Seconds from a stop to its confirmation, and to the end of the model call."""
    since = len(stack.model_calls())
    phone = stack.phone()
    phone.say("Build me a counter")
    eventually(
        lambda: any(call["role"] == "frontend" for call in stack.model_calls()[since:]),
        "the engineer is at work",
    )
    clock, said_at = time.perf_counter(), time.time()
    phone.say("STOP please")
    phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    confirmed = time.perf_counter() - clock
    (call,) = (c for c in stack.model_calls()[since:] if c["role"] == "frontend")
    eventually(lambda: stack.model_calls()[call["number"] - 1]["ended_at"], "it is aborted")
    return confirmed, stack.model_calls()[call["number"] - 1]["ended_at"] - said_at


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--stops", type=int, default=20)
    stops: int = arguments.parse_args().stops
    with tempfile.TemporaryDirectory(prefix="textcrew-") as folder, own_server() as server:
        stack = Stack(fresh_database(server), Path(folder))
        try:
            stack.start().slow_model(60.0, "frontend")
            measured = [measure(stack) for _ in range(stops)]
        finally:
            stack.stop()
    for name, seconds in zip(
        ("confirmed", "call aborted"), zip(*measured, strict=True), strict=True
    ):
        ordered = sorted(seconds)
        p50, p95 = ordered[stops // 2], ordered[int(stops * 0.95) - 1]
        print(f"{name:13} p50 {p50:5.2f} s   p95 {p95:5.2f} s   most {ordered[-1]:5.2f} s")


if __name__ == "__main__":
    main()
