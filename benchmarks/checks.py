"""The browser check: how long a user waits until an app has been tried.

    python -m benchmarks.checks [--rounds 3]

Every sound app of the tests is checked whole, with its acceptance list, one after the other, in a
process and a browser of its own each time, as it is in a build. Wanted on two free cores: a median
of at most 5 s.
"""

import argparse
import asyncio
import statistics
import time

from benchmarks.bounds import Bounds
from bot.checks.checker import check_app
from tests.checked_apps import SOUND

WANTED = 5.0  # seconds


async def measure(rounds: int) -> dict[str, list[float]]:
    """The seconds that each check of each app took."""
    seconds: dict[str, list[float]] = {name: [] for name in SOUND}
    for _ in range(rounds):
        for name, app in SOUND.items():
            began = time.perf_counter()
            report = await check_app(app.files, app.acceptance)
            seconds[name].append(time.perf_counter() - began)
            assert report.passed, f"{name}: {report.findings}"
    return seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rounds", type=int, default=3)
    seconds = asyncio.run(measure(options.parse_args().rounds))
    every = sorted(one for taken in seconds.values() for one in taken)
    median = statistics.median(every)
    print(f"A browser check of {len(seconds)} sound apps, {len(every)} in all")
    bounds = Bounds()
    kept = f"{bounds.at_most(median, WANTED)}: at most {WANTED:g} s"
    print(f"    median {median:5.2f} s   {kept}   slowest {every[-1]:5.2f} s", flush=True)
    for name, taken in sorted(seconds.items()):
        print(f"    {name:<20} {statistics.median(taken):5.2f} s")
    bounds.end()


if __name__ == "__main__":
    main()
