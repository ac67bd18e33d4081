"""How long webhooks and visitors wait while others hold connections and say nothing whole.

    python -m benchmarks.slow_connections [--slow 300] [--seconds 12]

One signed webhook after the other, each on a new connection, and between them a visit of an app;
first alone, then while connections send nothing, half a header, half a body, or a byte now and
then, opened again as soon as they are ended. Wanted: p99 <= 250 ms of both, and every one answered.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import nullcontext

import requests

from benchmarks.bounds import Bounds
from benchmarks.ground import own_server, running_stack
from tests.acceptance.slow_clients import SlowClients, built, webhook
from tests.acceptance.stack import Stack

WANTED = 0.25  # seconds


def measure(stack: Stack, link: str, slow: int, seconds: float, bounds: Bounds) -> None:
    """Print both."""
    asked = {"webhooks": webhook(stack), "visitors": lambda: requests.get(link, timeout=60)}
    taken: dict[str, list[float]] = {name: [] for name in asked}
    failed = dict.fromkeys(asked, 0)
    urls = [stack.public_url, stack.sites_url]
    with SlowClients(urls, slow) if slow else nullcontext():
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for name, ask in asked.items():
                answered, took = timed(ask)
                taken[name].append(took)
                failed[name] += not answered
    for name, all_of_it in taken.items():
        ordered = [1000 * took for took in sorted(all_of_it)]
        p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99) - 1]
        kept = bounds.kept_if(p99 <= 1000 * WANTED and not failed[name])
        print(
            f"{slow:5} slow  {name}  {len(ordered):5} asked  {failed[name]:3} failed"
            f"  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  most {ordered[-1]:6.1f} ms  {kept}"
        )


def timed(ask: Callable[[], requests.Response]) -> tuple[bool, float]:
    """Whether it was answered well, and the seconds that it took."""
    clock = time.perf_counter()
    try:
        answered = ask().ok
    except requests.RequestException:
        answered = False
    return answered, time.perf_counter() - clock


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--slow", type=int, default=300)
    arguments.add_argument("--seconds", type=float, default=12.0)
    options = arguments.parse_args()
    bounds = Bounds()
    # All come from one address, which then is not a stranger's.
    with own_server() as server, running_stack(server, TRUSTED_PROXIES="127.0.0.1") as stack:
        link = built(stack)
        for slow in (0, options.slow):
            measure(stack, link, slow, options.seconds, bounds)
    bounds.end()


if __name__ == "__main__":
    main()
