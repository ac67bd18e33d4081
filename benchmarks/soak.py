"""A soak: users talk and have apps built for months, and the tables stay as large as is wanted.

    python -m benchmarks.soak [--seconds 600]

The real processes work for rounds of the same messages, files and builds, calls of another
service's tools, acts of an operator and a job that fails. After each round everything in the
database is made a hundred days older, and the worker's own jobs remove what the settings say.
Wanted: of no kind a row that is older than it is kept, and no more rows than in the first round
at whose end the kind's time was over; from then on its table grows by no more than what is kept
of a round for good (ids, sums, apps). Apps stay, and their files with them. Takes two rounds more
than the longest time that anything is kept, however few seconds are given.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import requests

from benchmarks.ground import fresh_database, own_server
from bot.retention.kinds import KINDS, retention_of
from bot.retention.measuring import Measured, measure
from bot.settings.groups import RetentionSettings
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_commands import app_at
from tests.ageing import make_older
from tests.forked_program import run_forked
from tests.mcp_server import over_stdio
from tests.pictures import noise

DAYS_A_ROUND = 100
TALKS = 5
STAYING = ("files",)  # they are as old as their app
BESIDE_STAYING = ("uploads",)  # in a table with files that are as old as their app
UNSEEN = ("cleared", "drafts", "views")  # nobody clears, all builds succeed, no app is checked
KB_A_ROUND = 32  # a few pages of a table and its indexes


def main() -> None:
    """Print the rows of each kind after each round; exits 1 if they do not follow the settings."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--seconds", type=float, default=600, help="for how long, in all")
    until = time.monotonic() + options.parse_args().seconds
    with own_server() as server, tempfile.TemporaryDirectory() as folder:
        url = fresh_database(server)
        stack = Stack(url, Path(folder), MCP_CONFIG=str(other_service(Path(folder))))
        retention = RetentionSettings()  # the defaults, which the stack has too
        longest = rounds_kept(retention, max(KINDS, key=lambda kind: rounds_kept(retention, kind)))
        seen: list[dict[str, Measured]] = []
        filled: set[str] = set()
        try:
            stack.start()
            with psycopg.connect(url, autocommit=True) as connection:
                while time.monotonic() < until or len(seen) <= longest + 1:
                    live(stack)
                    make_older(connection, DAYS_A_ROUND)
                    filled |= {one.kind for one in measure(connection, retention) if one.rows}
                    remove(stack)
                    connection.execute("VACUUM")  # as the database does by itself in a hundred days
                    seen.append({found.kind: found for found in measure(connection, retention)})
                    tell(len(seen), seen[-1])
        finally:
            stack.stop()
    faults = judge(retention, seen)
    faults += [f"{kind}: there were none" for kind in KINDS if kind not in {*filled, *UNSEEN}]
    print("\n".join(faults) or "All kinds follow their retention.")
    sys.exit(1 if faults else 0)


def rounds_kept(retention: RetentionSettings, kind: str) -> int:
    """For how many rounds a kind's rows are kept, at most."""
    return KINDS[kind](retention) // DAYS_A_ROUND + 1


def other_service(folder: Path) -> Path:
    """The configuration of a service whose tools the crew calls."""
    (folder / "hosting").mkdir()
    configuration = folder / "mcp.json"
    servers = {"hosting": over_stdio(folder / "hosting", tools=["deploy_site"])}
    configuration.write_text(json.dumps({"mcpServers": servers}))
    return configuration


def live(stack: Stack) -> None:
    """A user's messages, files both ways and an app, which a visitor uses, and a job that fails."""
    stack.rows("SELECT enqueue_job('maintenance', 'unknown_task', 'soak', '{}'::jsonb)")
    phone = stack.phone()
    for number in range(TALKS):
        phone.say(f"hello {number}")
    phone.send_file(noise(400), "image/jpeg", "Build me a poll like this")
    built = phone.wait_for(announced, 120)
    vote(app_at(link_in(built)))
    phone.say("export")
    phone.wait_for(lambda message: "/e/" in message.body, 60, after=built.position)
    phone.send_file(noise(100), "image/jpeg", "")
    phone.wait_for(lambda message: "What shall I do with it" in message.body, 60)
    for act in ("pause", "resume"):
        run_forked(["bot.cli.main", act, "sending"], stack.environment).check_returncode()
    eventually(
        lambda: not stack.rows("SELECT FROM request WHERE closed_at IS NULL"), "all is closed"
    )


def vote(poll: str) -> None:
    """Enter something as a visitor of that app does, at the expense of their address."""
    url = f"{poll}api/collections/votes"
    requests.post(url, json={"choice": "Yes"}, timeout=60).raise_for_status()


def remove(stack: Stack) -> None:
    """Let the worker do what it does every hour, now."""
    jobs = [
        stack.rows(
            "SELECT enqueue_job('maintenance', %(task)s, %(task)s,"
            " jsonb_build_object('timestamp', extract(epoch FROM now())::bigint)) AS id",
            {"task": f"remove_{kind}"},
        )[0]["id"]
        for kind in KINDS
    ]
    eventually(
        lambda: all(
            row["status"] == "succeeded"
            for row in stack.rows(
                "SELECT status FROM procrastinate_jobs WHERE id = ANY (%(jobs)s)", {"jobs": jobs}
            )
        ),
        "all kinds are removed",
        seconds=60,
    )


def tell(number: int, found: Mapping[str, Measured]) -> None:
    rows = "  ".join(f"{kind} {one.rows} ({one.size_kb} kB)" for kind, one in found.items())
    print(f"round {number}, day {number * DAYS_A_ROUND}: {rows}", flush=True)


def judge(retention: RetentionSettings, seen: list[dict[str, Measured]]) -> list[str]:
    """What is older, or more, than the settings say."""
    faults = []
    for kind in (kind for kind in KINDS if kind not in STAYING):
        rounds = rounds_kept(retention, kind)
        last, full = seen[-1][kind], seen[rounds - 1][kind]
        if last.rows > full.rows:
            faults.append(f"{kind}: {last.rows} rows, after its time {full.rows}")
        grown = (last.size_kb - full.size_kb) / max(len(seen) - rounds, 1)
        if grown > KB_A_ROUND and kind not in BESIDE_STAYING:
            faults.append(f"{kind}: the table grows by {grown:.0f} kB a round")
        if last.oldest and last.oldest < datetime.now(UTC) - retention_of(retention, kind):
            faults.append(f"{kind}: the oldest row is of {last.oldest:%Y-%m-%d}")
    return faults


if __name__ == "__main__":
    main()
