"""Handoffs: what saving, spawning and compiling cost, and what operators wait for at a million.

    python -m benchmarks.handoffs [--rows 1000000] [--rounds 200]

Runs on an embedded server of its own. Each figure is a median; what is stored is measured beside a
bare commit, in turns with it, because the disk's share differs from machine to machine and moment
to moment. Exits with 1 when a bound is missed.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection, sql

from benchmarks.bounds import Bounds
from benchmarks.documents import document_of
from benchmarks.ground import fresh_database, own_server
from handoffs.lifecycle import Agent, spawn_agent
from handoffs.resume_prompt import opening_message
from handoffs.states import TerminationReason
from handoffs.store import HandoffFilter, list_handoffs, listing_query, save_handoff
from handoffs.tokens import WorkingBudget
from telemetry.named_sql import statements

SQL = statements("benchmarks", "handoffs.sql")

SIZE = 200 * 1024  # bytes of the document's JSON
USER = "0123456789abcdef0123456789abcdef"
BUDGET = WorkingBudget(window=1_000_000, working_budget=200_000, max_output=32_000)
QUERY_BOUND = 10.0  # milliseconds
BOUNDS = {"save": 5.0, "spawn": 5.0, "compile": 20.0}  # milliseconds beyond a bare commit


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=1_000_000, help="handoffs to list among")
    options.add_argument("--rounds", type=int, default=200, help="measurements of each kind")
    given = options.parse_args()
    bounds = Bounds()
    with own_server() as server:
        asyncio.run(measure(fresh_database(server), given.rows, given.rounds, bounds))
    bounds.end()


async def measure(url: str, rows: int, rounds: int, bounds: Bounds) -> None:
    """Print both reports."""
    # Statements are planned again each time, as for a command that asks once.
    connect = AsyncConnection.connect(url, autocommit=True, prepare_threshold=None)
    async with await connect as connection:
        await handing_over(connection, rounds, bounds)
        await listing(connection, rows, bounds)


async def handing_over(connection: AsyncConnection, rounds: int, bounds: Bounds) -> None:
    """Save a document, spawn from it and compile it, each in turns with a bare commit."""
    request_id = uuid4()
    await connection.execute(SQL["add_user"], {"user_id": USER})
    await connection.execute(SQL["add_request"], {"request_id": request_id, "user_id": USER})
    await connection.execute(SQL["make_scale"])
    times: dict[str, list[float]] = {"commit": [], "save": [], "spawn": [], "compile": []}
    size = opening_size = 0
    for _ in range(rounds):
        source, target = [await spawned(connection, request_id, "[]") for _ in range(2)]
        document = document_of(SIZE, source, target)
        files = document.work_completed
        size = len(document.to_json().encode())

        times["commit"].append(await timed(connection.execute(SQL["commit_barely"])))
        times["save"].append(await timed(save_handoff(connection, document)))
        began = time.perf_counter()
        opening = opening_message(document, files, "frontend")
        times["compile"].append(1000 * (time.perf_counter() - began))
        times["spawn"].append(await timed(spawned(connection, request_id, opening)))
        opening_size = len(opening)
    medians = {name: statistics.median(values) for name, values in times.items()}
    bare = medians["commit"]
    print(f"A document of {size / 1024:.0f} KB, {rounds} rounds, medians in ms")
    print(f"{'':34}{'whole':>8}{'beyond a commit':>17}{'commits':>9}{'bound':>7}")
    print(f"{'a bare commit':34}{bare:8.2f}")
    for name, what in (
        ("save", "save it, with its spans"),
        ("spawn", f"spawn from it ({opening_size / 1024:.0f} KB)"),
        ("compile", "compile the continuation"),
    ):
        whole = medians[name]
        beyond = whole if name == "compile" else max(whole - bare, 0.0)
        print(
            f"{what:34}{whole:8.2f}{beyond:17.2f}{whole / bare:8.1f}x{BOUNDS[name]:7.0f}"
            f"  {bounds.at_most(beyond, BOUNDS[name])}"
        )


async def spawned(connection: AsyncConnection, request_id: UUID, opening: str) -> Agent:
    """The next version of the frontend agent."""
    return await spawn_agent(
        connection,
        request_id=request_id,
        user_id=USER,
        project_id=UUID(int=2),
        agent_type="frontend",
        model="claude-sonnet-5-5",
        budget=BUDGET,
        opening=opening,
        continuation_mode="handoff",
    )


async def timed(work: Awaitable[Any]) -> float:
    """How long it took, in milliseconds."""
    began = time.perf_counter()
    await work
    return 1000 * (time.perf_counter() - began)


async def listing(connection: AsyncConnection, rows: int, bounds: Bounds) -> None:
    """Every way in which operators ask, among `rows` handoffs, with the plan of each."""
    began = time.perf_counter()
    await connection.execute(SQL["load_quickly"])
    await connection.execute(SQL["generate_handoffs"], {"rows": rows})
    await connection.execute(SQL["gather_statistics"])
    print(f"\n{rows:,} handoffs (generated in {time.perf_counter() - began:.0f} s), medians in ms")
    print(f"{'textcrew handoffs list':42}{'ms':>7}{'rows':>6}{'bound':>7}         plan")
    for asked, which in await questions(connection):
        values = [await timed(list_handoffs(connection, which, limit=50)) for _ in range(41)]
        found = len(await list_handoffs(connection, which, limit=50))
        median = statistics.median(values)
        print(
            f"{asked:42}{median:7.2f}{found:6}{QUERY_BOUND:7.0f}"
            f"  {bounds.at_most(median, QUERY_BOUND):7}{await plan(connection, which)}"
        )
    (one,) = await list_handoffs(connection, HandoffFilter(), limit=1)
    values = [await timed(found_document(connection, one.handoff_id)) for _ in range(41)]
    print(f"{'textcrew handoffs show, by its id':42}{statistics.median(values):7.2f}")


async def found_document(connection: AsyncConnection, handoff_id: UUID) -> None:
    """Fetch a document; a generated one is empty, so it is not read."""
    query = sql.SQL("SELECT document::text FROM handoff WHERE handoff_id = %s")
    await (await connection.execute(query, [handoff_id])).fetchone()


async def questions(connection: AsyncConnection) -> list[tuple[str, HandoffFilter]]:
    """Each filter by itself, and the pairs that are asked most; also what finds nothing."""
    now = datetime.now(UTC)
    exhausted, failed = TerminationReason.CONTEXT_WINDOW_EXHAUSTED, TerminationReason.ERROR
    (one,) = await list_handoffs(connection, HandoffFilter(until=now - timedelta(days=9)), limit=1)
    return [
        ("(no filter)", HandoffFilter()),
        ("--user", HandoffFilter(user_id=one.user_id)),
        ("--request", HandoffFilter(request_id=one.request_id)),
        ("--reason, a common one", HandoffFilter(reason=exhausted)),
        ("--reason, one that never was", HandoffFilter(reason=failed)),
        ("--type", HandoffFilter(agent_type="designer")),
        ("--type, one that never was", HandoffFilter(agent_type="qa")),
        ("--since, the last day", HandoffFilter(since=now - timedelta(days=1))),
        (
            "--since --until, a day long ago",
            HandoffFilter(since=now - timedelta(days=301), until=now - timedelta(days=300)),
        ),
        ("--user --reason", HandoffFilter(user_id=one.user_id, reason=exhausted)),
        ("--user --type", HandoffFilter(user_id=one.user_id, agent_type="designer")),
        ("--type --reason", HandoffFilter(agent_type="frontend", reason=exhausted)),
        (
            "--type --reason, a pair that never was",
            HandoffFilter(agent_type="designer", reason=exhausted),
        ),
        (
            "--reason --since, a common one",
            HandoffFilter(reason=exhausted, since=now - timedelta(days=30)),
        ),
    ]


async def plan(connection: AsyncConnection, which: HandoffFilter) -> str:
    """The scan that the planner chose, its index and how many rows it read in vain."""
    query, parameters = listing_query(which, limit=50)
    explain = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ") + query
    row = await (await connection.execute(explain, parameters)).fetchone()
    found = json.loads(row[0]) if row and isinstance(row[0], str) else row[0] if row else []
    node = found[0]["Plan"]
    steps = [node["Node Type"]]
    while "Plans" in node:
        node = node["Plans"][0]
        steps.append(node["Node Type"])
    buffers = node["Shared Hit Blocks"] + node["Shared Read Blocks"]
    in_vain = node.get("Rows Removed by Filter", 0)
    name = node.get("Index Name", "the whole table")
    return f"{' < '.join(steps)} on {name}, {buffers} pages, {in_vain} rows in vain"


if __name__ == "__main__":
    main()
