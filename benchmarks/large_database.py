"""What statements take in a small database and in a large one that was in use for long.

    python -m benchmarks.large_database [--messages 100000] [--rounds 15]

Every named statement of the product is run with the values of one user, in a database with a
thousand stored messages and in one with many, and taken back. Wanted: at most 1.2 times as long,
or 0.2 ms more where that is nothing. Exits with 1 when a statement takes longer that is not among
those that are said to look at everything.
"""

import argparse
import sys
import time
from datetime import timedelta

import psycopg
from psycopg import Connection

from benchmarks.ground import fresh_database, own_server
from tests.large_database import fill
from tests.statement_values import GROWING, Statement, all_statements

SMALL = 1_000
APART = timedelta(minutes=1)  # between two messages: both have as many of the last day
WANTED = 1.2
NOTHING_MS = 0.2


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--messages", type=int, default=100_000, help="in the large one")
    options.add_argument("--rounds", type=int, default=15, help="measurements of each statement")
    given = options.parse_args()
    with own_server() as server:
        small, large = filled(server, SMALL), filled(server, given.messages)
        times = compared(small, large, given.rounds)
    title = f"ms, the best of {given.rounds}"
    print(f"{title:64}{SMALL:>9,}{given.messages:>11,}{'ratio':>8}")
    for name, (before, after) in times.items():
        note = f"  {verdict_on(name, before, after)}"
        print(f"{name:64}{before:9.2f}{after:11.2f}{after / before:8.1f}{note.rstrip()}")
    usual = [pair for name, pair in times.items() if name not in GROWING]
    ratio = sum(after for _, after in usual) / sum(before for before, _ in usual)
    print(f"{'all, but for those that look at everything':84}{ratio:8.2f}")
    missed = [name for name, pair in times.items() if verdict_on(name, *pair) == "MISSED"]
    sys.exit(f"{len(missed)} statements missed the bound" if missed else 0)


def verdict_on(name: str, before: float, after: float) -> str:
    """What is to be said of a statement; nothing if it takes as long in both."""
    if after <= WANTED * before or after - before <= NOTHING_MS:
        return ""
    return "grows" if name in GROWING else "MISSED"


def filled(server: str, messages: int) -> str:
    """The URL of a database in which so many messages are stored."""
    url = fresh_database(server)
    began = time.perf_counter()
    fill(url, messages, apart=APART)
    print(f"{messages:,} messages stored in {time.perf_counter() - began:.0f} s", flush=True)
    return url


def compared(small: str, large: str, rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of each statement in both, in turns because the machine has other work too."""
    with (
        psycopg.connect(small, autocommit=True) as here,
        psycopg.connect(large, autocommit=True) as there,
    ):
        times = {}
        for ours, theirs in zip(all_statements(here), all_statements(there), strict=True):
            pairs = [(timed(here, ours), timed(there, theirs)) for _ in range(rounds)]
            before, after = zip(*pairs, strict=True)
            times[str(ours)] = min(before), min(after)
        return times


def timed(connection: Connection, statement: Statement) -> float:
    """How long it takes to run it once, in milliseconds; what it changes is taken back."""
    with connection.transaction(force_rollback=True):
        began = time.perf_counter()
        connection.execute(statement.text, statement.values or None)
        return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
