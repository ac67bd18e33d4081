"""What statements take in a small database and in a large one that was in use for long.

    python -m benchmarks.large_database [--messages 100000] [--rounds 7]

Every named statement of the product is run with the values of one user, in a database with a
thousand stored messages and in one with many, and taken back. Wanted: at most 1.2 times as long,
or 0.2 ms more where that is nothing. Exits with 1 when a statement takes longer that is not among
those that are said to look at everything.
"""

import argparse
import statistics
import sys
import time
from datetime import timedelta

import psycopg
from psycopg import Connection

from benchmarks.handoffs import own_server
from benchmarks.records import fresh_database
from bot.database.migrate import migrate
from tests.large_database import fill
from tests.statement_values import GROWING, Statement, all_statements

SMALL = 1_000
APART = timedelta(minutes=1)  # between two messages: both have as many of the last day
WANTED = 1.2
NOTHING_MS = 0.2


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--messages", type=int, default=100_000, help="in the large one")
    options.add_argument("--rounds", type=int, default=7, help="measurements of each statement")
    given = options.parse_args()
    with own_server() as server:
        small = measured(server, SMALL, given.rounds)
        large = measured(server, given.messages, given.rounds)
    print(f"{'ms, medians of ' + str(given.rounds):64}{SMALL:>9,}{given.messages:>11,}{'ratio':>8}")
    missed = 0
    for name, before in small.items():
        after = large[name]
        is_slower = after > WANTED * before and after - before > NOTHING_MS
        note = ("  grows" if name in GROWING else "  MISSED") if is_slower else ""
        missed += note == "  MISSED"
        print(f"{name:64}{before:9.2f}{after:11.2f}{after / before:8.1f}{note}")
    total = sum(large[name] for name in small if name not in GROWING) / sum(
        time for name, time in small.items() if name not in GROWING
    )
    print(f"{'all, but for those that look at everything':84}{total:8.2f}")
    sys.exit(f"{missed} statements missed the bound" if missed else 0)


def measured(server: str, messages: int, rounds: int) -> dict[str, float]:
    """Milliseconds of each statement, by its name, in a database with so many messages."""
    url = fresh_database(server)
    migrate(url)
    began = time.perf_counter()
    fill(url, messages, apart=APART)
    print(f"{messages:,} messages stored in {time.perf_counter() - began:.0f} s", flush=True)
    with psycopg.connect(url, autocommit=True) as connection:
        return {
            str(statement): statistics.median(timed(connection, statement) for _ in range(rounds))
            for statement in all_statements(connection)
        }


def timed(connection: Connection, statement: Statement) -> float:
    """How long it takes to run it once, in milliseconds; what it changes is taken back."""
    with connection.transaction(force_rollback=True):
        began = time.perf_counter()
        connection.execute(statement.text, statement.values or None)
        return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
