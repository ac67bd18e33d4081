"""A stop: from the webhook to the confirmation on the phone, in the middle of a model call.

    python -m benchmarks.stopping [--stops 20]

Each stop is another user's, whose frontend engineer waits for a slow model. The stand-ins' own
time is in it: the messages travel there and back. Wanted: p95 <= 2 s, and no model call that ends
more than 2 s after the stop was said.
"""

import argparse
import time

from benchmarks.bounds import Bounds
from benchmarks.ground import ask_for_app, own_server, running_stack
from tests.acceptance.stack import Stack, eventually

WANTED = 2.0  # seconds


def measure(stack: Stack) -> tuple[float, float]:
    """Seconds from a stop to its confirmation, and to the end of the model call."""
    since = len(stack.model_calls())
    phone = stack.phone()
    ask_for_app(phone)
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
    bounds = Bounds()
    with own_server() as server, running_stack(server) as stack:
        stack.slow_model(60.0, "frontend")
        confirmed, aborted = map(sorted, zip(*(measure(stack) for _ in range(stops)), strict=True))
    p95 = confirmed[int(stops * 0.95) - 1]
    tell("confirmed", confirmed, bounds.at_most(p95, WANTED))
    tell("call aborted", aborted, bounds.at_most(aborted[-1], WANTED))
    bounds.end()


def tell(name: str, ordered: list[float], kept: str) -> None:
    p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95) - 1]
    print(f"{name:13} p50 {p50:5.2f} s   p95 {p95:5.2f} s   most {ordered[-1]:5.2f} s   {kept}")


if __name__ == "__main__":
    main()
