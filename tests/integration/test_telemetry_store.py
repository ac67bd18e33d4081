"""The record store writes what happened, survives what happens to its database, and never waits."""

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer
from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from telemetry.store import RecordStore
from telemetry.store.retention import keep_days
from tests.databases import database_in

A_MOMENT = 0.2  # seconds: far more than the work may ever wait, far less than a hanging database


def tracer_into(store: RecordStore) -> Tracer:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(store.span_processor)
    return provider.get_tracer("test")


def fail_inside(tracer: Tracer) -> None:
    with tracer.start_as_current_span("outer") as outer:
        outer.add_event("halfway", {"step": 1})
        with tracer.start_as_current_span("inner") as inner:
            inner.add_link(outer.get_span_context())
            inner.set_attribute("http.response.status_code", 404)
            inner.set_attribute("logfire.tags", ("slow", "odd"))
            raise ValueError("wrong")


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def eventually(look: Callable[[], bool], *, within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def hanging() -> Iterator[str]:
    """A database that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/nothing"


def test_a_span_is_kept_with_its_exception_events_and_links(database_url: str) -> None:
    store = RecordStore(lambda: database_url)
    tracer = tracer_into(store)
    with pytest.raises(ValueError, match="wrong"):
        fail_inside(tracer)
    assert store.flush(60)

    kept = rows(
        database_url,
        "SELECT span_name, kind, is_exception, exception_type, otel_status_code,"
        " http_response_status_code, tags, duration > 0 FROM records ORDER BY 1, 2",
    )
    assert kept == [
        ("halfway", "span_event", False, None, None, None, None, None),
        ("inner", "span", True, "ValueError", "ERROR", 404, ["slow", "odd"], True),
        ("outer", "span", True, "ValueError", "ERROR", None, None, True),
    ]
    (links, child_of) = rows(
        database_url,
        "SELECT otel_links, parent_span_id FROM records WHERE span_name = 'inner'",
    )[0]
    outer_id = rows(database_url, "SELECT span_id FROM records WHERE span_name = 'outer'")[0][0]
    assert links[0]["span_id"] == child_of == outer_id


def test_a_span_that_is_open_is_visible_and_a_short_one_costs_one_row(database_url: str) -> None:
    store = RecordStore(lambda: database_url)
    tracer = tracer_into(store)
    with tracer.start_as_current_span("long", attributes={"user_id": "u"}):
        with tracer.start_as_current_span("short"):
            pass
        assert store.flush(60)
        query = "SELECT kind, span_name, duration IS NULL FROM records_all ORDER BY 1, 2"
        assert rows(database_url, query) == [
            ("pending_span", "long", True),
            ("span", "short", False),
        ]
    assert store.flush(60)

    ids = "SELECT count(*), count(DISTINCT span_id) FROM records_all WHERE span_name = 'long'"
    assert rows(database_url, ids) == [(2, 1)]
    assert rows(database_url, "SELECT count(*) FROM records WHERE span_name = 'long'") == [(1,)]


@pytest.mark.parametrize(
    "odd",
    ["a\x00b", "half \ud800 a character", 'quote " and \\u0000 written', "tab\tline\n\\N"],
)
def test_odd_characters_lose_no_record(database_url: str, odd: str) -> None:
    store = RecordStore(lambda: database_url)
    with tracer_into(store).start_as_current_span("odd") as span:
        span.set_attribute("text", odd)
        span.set_attribute("nothing", float("nan"))
    assert store.flush(60)

    (attributes,) = rows(database_url, "SELECT attributes FROM records WHERE span_name = 'odd'")[0]
    expected = odd.replace("\x00", "").encode("utf-8", "replace").decode()
    assert attributes == {"text": expected, "nothing": "nan"}
    assert store.lost == 0


def test_a_name_longer_than_an_index_takes_is_cut(database_url: str) -> None:
    store = RecordStore(lambda: database_url)
    tracer = tracer_into(store)
    name = random.Random(1).randbytes(10_000).hex()  # of which compression saves little
    tracer.start_span(f"Unknown event: {name}").end()
    tracer.start_span("another").end()

    assert store.flush(60)
    kept = rows(database_url, "SELECT span_name, message FROM records ORDER BY start_timestamp")
    assert kept[0][0].startswith(f"Unknown event: {name[:400]}")
    assert kept[0][1] == f"Unknown event: {name}"
    assert kept[1] == ("another", "another")
    assert store.lost == 0


def test_what_cannot_be_kept_takes_nothing_along_on_a_day_that_begins(database_url: str) -> None:
    store = RecordStore(lambda: database_url)
    tracer = tracer_into(store)
    at = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1e9)
    for name, status in (("before", 200), ("not a number of ours", 2**40), ("after", 200)):
        span = tracer.start_span(name, start_time=at)
        span.set_attribute("http.response.status_code", status)
        span.end(at + 1)

    assert store.flush(20)
    query = "SELECT span_name FROM records ORDER BY span_name"
    assert rows(database_url, query) == [("after",), ("before",)]
    assert store.lost == 1


@pytest.mark.lengthy
def test_a_hanging_database_slows_nothing_and_loss_is_counted(hanging: str) -> None:
    def waited() -> tuple[float, float]:
        """The longest that work has waited for the store, and how much too long a flush took."""
        store = RecordStore(lambda: hanging, capacity=1_000)
        tracer = tracer_into(store)
        slowest = 0.0
        for _ in range(5_000):
            started = time.perf_counter()
            tracer.start_span("work").end()
            slowest = max(slowest, time.perf_counter() - started)
        assert store.lost >= 4_000
        started = time.perf_counter()
        assert not store.flush(0.3)
        return slowest, time.perf_counter() - started - 0.3

    # A database that hangs does so each time; a busy machine may be slow once.
    assert any(max(waited()) < A_MOMENT for _ in range(5))


def test_records_wait_for_a_database_that_comes_back(server_url: str, database_url: str) -> None:
    store = RecordStore(lambda: database_url)
    tracer = tracer_into(store)
    tracer.start_span("before").end()
    assert store.flush(60)
    name = sql.Identifier(database_in(database_url))
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'textcrew records'"
        )
        tracer.start_span("meanwhile").end()
        assert not store.flush(0.5)
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))

    assert store.flush(60)
    query = "SELECT span_name FROM records ORDER BY start_timestamp"
    assert rows(database_url, query) == [("before",), ("meanwhile",)]
    assert store.lost == 0


@pytest.mark.lengthy
def test_every_span_is_kept_or_counted_as_lost(database_url: str) -> None:
    store = RecordStore(lambda: database_url, capacity=500)
    tracer = tracer_into(store)
    for _ in range(20_000):
        tracer.start_span("one of many").end()
    assert store.flush(60)

    kept = rows(database_url, "SELECT count(*) FROM records")[0][0]
    assert kept + store.lost == 20_000


@pytest.mark.anyio
async def test_days_beyond_the_retention_go_and_tomorrow_is_ready(
    database_url: str, pool: AsyncConnectionPool[AsyncConnection]
) -> None:
    store = RecordStore(lambda: database_url)
    tracer = tracer_into(store)
    today = datetime.now(UTC)
    for age in (0, 6, 7, 8, 40):
        began = today - timedelta(days=age)
        at = int(began.timestamp() * 1e9)
        tracer.start_span(f"{age} days old", start_time=at).end(at + 1)
    assert store.flush(60)

    async with pool.connection() as connection:
        removed = await keep_days(connection, today=today.date(), retention_days=7)

    names = {row[0] for row in rows(database_url, "SELECT span_name FROM records")}
    assert names == {"0 days old", "6 days old", "7 days old"}
    assert len(removed) == 4  # two days, of records and of metrics
    tomorrow = f"telemetry.record_{today.date() + timedelta(days=1):%Y%m%d}"
    assert rows(database_url, f"SELECT to_regclass('{tomorrow}') IS NOT NULL") == [(True,)]


def test_processes_that_begin_a_day_at_once_share_it(database_url: str) -> None:
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(20)]
    together = threading.Barrier(4)

    def begin_days() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for day in days:
                together.wait(60)
                connection.execute("SELECT telemetry.make_day(%s)", [day])

    with ThreadPoolExecutor(4) as processes:
        for each in [processes.submit(begin_days) for _ in range(4)]:
            each.result()

    assert rows(database_url, "SELECT to_regclass('telemetry.metric_20200120') IS NOT NULL") == [
        (True,)
    ]


@pytest.mark.lengthy
@pytest.mark.anyio
async def test_a_day_that_is_being_read_stays_for_now(
    database_url: str, pool: AsyncConnectionPool[AsyncConnection]
) -> None:
    async with pool.connection() as connection:
        await connection.execute("SELECT telemetry.make_day('2020-01-01')")
        async with pool.connection() as reader, reader.transaction():
            await reader.execute("SELECT count(*) FROM telemetry.record_20200101")
            first = await keep_days(connection, today=date(2020, 3, 1), retention_days=7)
        second = await keep_days(connection, today=date(2020, 3, 1), retention_days=7)

    assert first == ["metric_20200101"]
    assert second == ["record_20200101"]


def test_logfires_columns_are_all_there(database_url: str) -> None:
    listed = json.loads((Path(__file__).parent / "logfire_columns.json").read_text("utf-8"))
    query = (
        "SELECT table_name::text, array_agg(column_name::text) FROM information_schema.columns"
        " WHERE table_name IN ('records', 'records_all', 'metrics') GROUP BY 1"
    )
    ours = dict(rows(database_url, query))
    assert set(listed["records"]) <= set(ours["records"])
    assert set(ours["records"]) == set(ours["records_all"])
    assert set(listed["metrics"]) <= set(ours["metrics"])
