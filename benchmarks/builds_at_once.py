"""Many builds at once in one worker: every one of them ends, and with its app.

    python -m benchmarks.builds_at_once [--builds 60] [--rounds 2]

Each round that many users ask for a counter at the same moment. The stand-ins' own time is in it.
A round that has not ended after `LIMIT` seconds names the builds that have not, and fails.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.ground import ask_for_app, own_server, running_stack
from tests.acceptance.stack import Stack

LIMIT = 600.0  # seconds


def measure(stack: Stack, builds: int) -> list[float]:
    """The seconds from the request to the end of each build, the quickest first."""
    began = stack.rows("SELECT now() AS moment")[0]["moment"]
    phones = [stack.phone() for _ in range(builds)]
    with ThreadPoolExecutor(min(builds, 16)) as pool:
        list(pool.map(ask_for_app, phones))
    ends = time.monotonic() + LIMIT
    while True:
        rows = stack.rows(
            "SELECT build_id, build.status, phase,"
            " extract(epoch FROM ended_at - accepted_at)::float"
            " AS seconds FROM build JOIN request USING (request_id)"
            " WHERE accepted_at >= %(began)s",
            {"began": began},
        )
        under_way = [row for row in rows if row["status"] in {"queued", "running"}]
        if len(rows) == builds and not under_way:
            break
        if time.monotonic() > ends:
            for row in under_way:
                print(f"{row['build_id']} is {row['status']} in phase {row['phase']}")
            sys.exit(f"{len(rows)} of {builds} builds began, {len(under_way)} have not ended")
        time.sleep(0.5)
    if failed := [row for row in rows if row["status"] != "completed"]:
        sys.exit(f"{len(failed)} of {builds} builds did not end with their app")
    return sorted(row["seconds"] for row in rows)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--builds", type=int, default=60)
    arguments.add_argument("--rounds", type=int, default=2)
    given = arguments.parse_args()
    with own_server() as server, running_stack(server) as stack:
        for number in range(1, given.rounds + 1):
            seconds = measure(stack, given.builds)
            half = seconds[len(seconds) // 2]
            print(
                f"round {number}: {len(seconds)} builds ended"
                f"   p50 {half:6.1f} s   most {seconds[-1]:6.1f} s",
                flush=True,
            )
        stalled = stack.rows("SELECT count(stalled_at) AS n FROM build")[0]["n"]
        print(f"{stalled} of them hung and were taken up again")


if __name__ == "__main__":
    main()
