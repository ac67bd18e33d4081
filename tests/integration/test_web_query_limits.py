"""A reader with a hostile query gets no more time, memory and bytes than the others leave free."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import logfire.db_api
import psutil
import psycopg
import pytest
import requests
from click.testing import CliRunner
from logfire.query_client import LogfireQueryClient
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from werkzeug.serving import make_server

from bot.cli.doctor import examine
from bot.cli.main import textcrew
from bot.errors import QueryFailed
from bot.settings.groups import Settings
from bot.web import query_reader
from bot.wsgi import create_app
from telemetry.store.formats import arrow_answer, csv_answer, json_answer, json_lines, json_rows
from telemetry.store.query_result import Column, Deadline, QueryRefused, QueryResult
from telemetry.store.querying import ReaderBusy, ask
from tests.acceptance.stack import eventually
from tests.databases import named
from tests.settings import changed

SINCE = "2026-01-01T00:00:00Z"
SEVEN_GIGABYTES = (
    "SELECT string_agg(repeat('x', 1000000), '') AS all_of_it FROM generate_series(1, 900)"
)
# One expression after the other, between which PostgreSQL does not look whether it is to stop.
DEAF = f"""
    SELECT {" || ".join(["md5(x)"] * 50)}
    FROM (SELECT repeat(repeat('x', 10000), 6000) AS x OFFSET 0) AS long
"""
STILL_DEAF = """
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query LIKE '%AS long%'
        AND pid <> pg_backend_pid()
"""


@contextmanager
def product(settings: Settings) -> Iterator[str]:
    """The product, listening; its base URL."""
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    app = create_app(changed(settings, PUBLIC_BASE_URL=url))
    server.app = app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()
    app.close()


def post(base_url: str, settings: Settings, query: str, **more: Any) -> requests.Response:
    return requests.post(
        f"{base_url}/v2/query",
        json={"sql": query, "min_timestamp": SINCE, **more},
        headers={"Authorization": settings.operators.operator_token.get_secret_value()},
        timeout=120,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_a_process_of_our_own_server_has_no_gigabytes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_reader, "TIME_LIMIT", 100.0)
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        limits = Path(f"/proc/{connection.info.backend_pid}/limits").read_text()
    with product(settings) as base_url:
        refused = post(base_url, settings, SEVEN_GIGABYTES)
        after = post(base_url, settings, "SELECT 1 AS one")

    assert next(line.split()[3] for line in limits.splitlines() if "data size" in line) == str(
        2**30
    )
    assert refused.status_code == 400
    assert refused.json()["detail"] == "The query needs more memory than it may have."
    assert after.json()["data"] == [{"one": 1}]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_the_command_is_held_to_it_too(
    settings_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(QueryFailed, match="more memory than it may have"):
        CliRunner().invoke(textcrew, ["query", SEVEN_GIGABYTES], catch_exceptions=False)


@pytest.mark.lengthy
def test_who_waits_is_told_in_time_and_what_goes_on_counts(database_url: str) -> None:
    def asked(reader: str) -> Any:
        with psycopg.connect(database_url, autocommit=True) as connection:
            return ask(connection, "SELECT 1", min_timestamp=None, limit=1, reader=reader).rows

    def goes_on() -> bool:
        with psycopg.connect(database_url) as connection:
            return bool(connection.execute(STILL_DEAF).fetchone())

    def seen_to_count() -> bool:
        """Whether the query went on when who waited was told, and kept its reader waiting."""
        with psycopg.connect(database_url, autocommit=True) as connection:
            limits: Any = {"min_timestamp": None, "limit": 1}
            with pytest.raises(QueryRefused, match=r"longer than 2 seconds"):
                ask(connection, DEAF, **limits, deadline=Deadline(2.0), reader="one")
        refusals = 0
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                assert asked("one") == [[1]]
            except ReaderBusy:
                refusals += 1
                assert asked("other") == [[1]]
                time.sleep(0.2)
            else:
                assert not goes_on()
                return refusals > 0
        pytest.fail("the server never stopped")

    # On a busy machine it may be over before anybody has asked again.
    assert any(seen_to_count() for _ in range(5))


@pytest.mark.lengthy
def test_one_query_of_a_token_at_a_time_whichever_process_is_asked(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_reader, "TIME_LIMIT", 100.0)
    answers: list[requests.Response] = []
    waits = "SELECT pg_advisory_xact_lock_shared(7) IS NULL"
    with product(settings) as base_url, product(settings) as another:
        with psycopg.connect(database_url, autocommit=True) as holder:
            holder.execute("SELECT pg_advisory_lock(7)")
            slow = threading.Thread(target=lambda: answers.append(post(base_url, settings, waits)))
            slow.start()
            eventually(
                lambda: holder.execute(
                    "SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                    " WHERE locktype = 'advisory' AND NOT granted"
                    " AND datname = current_database()"
                ).fetchall(),
                "the query runs",
            )
            refused = [post(url, settings, "SELECT 1 AS one") for url in (base_url, another)]
        slow.join()
        after = post(another, settings, "SELECT 1 AS one")

    assert [answer.status_code for answer in refused] == [429, 429]
    assert {answer.json()["detail"] for answer in refused} == {
        "Another query with this token is running; one at a time is answered."
    }
    assert [answer.headers["Retry-After"] for answer in refused] == ["1", "1"]
    assert answers[0].status_code == 200
    assert after.status_code == 200


@pytest.mark.lengthy
def test_a_large_answer_is_refused_while_it_is_read(database_url: str) -> None:
    """The whole of it would take ten minutes."""
    query = "SELECT repeat('x', 1000000) AS x, pg_sleep(0.06) AS y FROM generate_series(1, 10000)"
    began = time.monotonic()
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        pytest.raises(QueryRefused, match="too large"),
    ):
        ask(connection, query, min_timestamp=None, limit=10_000, deadline=Deadline(100))
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "write",
    [json_answer, json_lines, json_rows, csv_answer, arrow_answer],
    ids=lambda f: f.__name__,
)
def test_writing_an_answer_down_takes_of_the_same_time(write: Any) -> None:
    columns = [Column(name="a", type="text")]
    over = QueryResult(columns=columns, rows=[["x"]], deadline=Deadline(-1))
    with pytest.raises(QueryRefused, match="longer"):
        write(over)
    assert write(QueryResult(columns=columns, rows=[["x"]], deadline=Deadline(60)))


def test_two_columns_of_one_name_both_arrive(settings: Settings) -> None:
    query = "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS b, 5 AS a"
    token = settings.operators.operator_token.get_secret_value()
    expected = {"a": 1, "a_3": 2, "a_2": 3, "b": 4, "a_4": 5}
    with product(settings) as base_url:
        with LogfireQueryClient(token, base_url=base_url) as client:
            window: Any = {"min_timestamp": datetime.now(UTC)}
            assert client.query_json_rows(query, **window)["rows"] == [expected]
            assert client.query_arrow(query, **window).to_pylist() == [expected]
            assert client.query_csv(query, **window) == "a,a_3,a_2,b,a_4\n1,2,3,4,5\n"
        with logfire.db_api.connect(token, base_url=base_url) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            assert cursor.fetchall() == [(1, 2, 3, 4, 5)]


@pytest.fixture
def replica_url(database_url: str) -> Iterator[str]:
    """A second server that follows the first one."""
    where = conninfo_to_dict(database_url)
    home = Path(str(where["host"]))
    first = psutil.Process(int((home / "data" / "postmaster.pid").read_text().split()[0]))
    folder = Path(tempfile.mkdtemp(prefix="replica-", dir=home))
    os.chown(folder, first.uids().real, first.gids().real)

    def run(program: str, *arguments: str) -> None:
        as_root = os.geteuid() == 0
        subprocess.run(
            [Path(first.exe()).with_name(program), "--pgdata", folder / "data", *arguments],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            user=first.uids().real if as_root else None,
            group=first.gids().real if as_root else None,
            extra_groups=[] if as_root else None,
        )

    source = make_conninfo(database_url, dbname="postgres")
    run("pg_basebackup", "--dbname", source, "--write-recovery-conf", "--checkpoint=fast")
    options = f"-c unix_socket_directories='{folder}' -c listen_addresses='' -c max_connections=200"
    run("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "--options", options)
    yield make_conninfo(database_url, host=str(folder))
    run("pg_ctl", "stop", "--mode=immediate")
    shutil.rmtree(folder)


@pytest.mark.lengthy
def test_a_replica_answers_in_place_of_the_database(
    settings: Settings,
    settings_environment: dict[str, str],
    replica_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = "SELECT current_setting('in_hot_standby') AS a"
    of_replica = changed(settings, QUERY_DATABASE_URL=replica_url)
    with product(of_replica) as base_url:
        answer = post(base_url, settings, query)
    for name, value in (settings_environment | {"QUERY_DATABASE_URL": replica_url}).items():
        monkeypatch.setenv(name, value)
    shown = CliRunner().invoke(textcrew, ["query", query, "--json"], catch_exceptions=False)
    finding = next(finding for finding in examine() if finding.check == "queries")

    assert answer.json()["data"] == json.loads(shown.stdout) == [{"a": "on"}]
    assert (finding.ok, finding.seen) == (True, "answered by a replica")


@pytest.mark.lengthy
def test_doctor_looks_at_the_replica(
    settings_environment: dict[str, str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_environment.items():
        monkeypatch.setenv(name, value)

    def seen(url: str) -> tuple[bool, str]:
        monkeypatch.setenv("QUERY_DATABASE_URL", url)
        finding = next(finding for finding in examine() if finding.check == "queries")
        return finding.ok, finding.seen

    assert seen("") == (True, "answered by the database that keeps the records")
    assert seen(database_url) == (True, "answered by a database that is no replica")
    assert seen(named(database_url, "postgres")) == (False, "its queries are refused")
    assert seen("postgresql://nobody@127.0.0.1:1/nothing")[0] is False
