"""The query API answers Logfire's own clients, and nobody who wants more than records."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import logfire.db_api
import psycopg
import pytest
from logfire.query_client import (
    AsyncLogfireQueryClient,
    LogfireQueryClient,
    QueryExecutionError,
    QueryRequestError,
    UnexpectedResponseError,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from psycopg import sql
from werkzeug.serving import make_server

from bot.database.migrate import migrate
from bot.settings.groups import Settings
from bot.wsgi import create_app
from telemetry.store import RecordStore
from telemetry.store.query_result import Deadline, QueryRefused
from telemetry.store.querying import QueriesUnavailable, ask, is_reader_admitted
from tests.databases import database_in
from tests.settings import changed

TOKEN = "a-read-token-of-ours"
SINCE = datetime.now(UTC) - timedelta(hours=1)
BEGAN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)


@pytest.fixture
def filled(database_url: str) -> str:
    """A database with two records of now and one of a day in March, of another environment."""
    store = RecordStore(lambda: database_url)
    for environment, names in (("development", ("first", "second")), ("staging", ("old",))):
        resource = Resource.create(
            {"deployment.environment.name": environment, "service.name": "test"}
        )
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(store.span_processor)
        for number, name in enumerate(names, 1):
            at = None if name != "old" else int(BEGAN.timestamp()) * 10**9 + 250_000_000
            span = provider.get_tracer("test").start_span(name, start_time=at)
            span.set_attributes({"number": number, "share": number / 4, "logfire.level_num": 17})
            span.end(None if at is None else at + 500_000_000)
    assert store.flush(60)
    return database_url


@pytest.fixture
def base_url(settings: Settings, filled: str) -> Iterator[str]:
    """The product, listening."""
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    app = create_app(changed(settings, PUBLIC_BASE_URL=url, QUERY_TOKEN=TOKEN))
    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    server.server_close()
    app.close()


@pytest.fixture
def client(base_url: str) -> Iterator[LogfireQueryClient]:
    with LogfireQueryClient(TOKEN, base_url=base_url) as opened:
        yield opened


def test_the_clients_rows_have_names_types_and_values(client: LogfireQueryClient) -> None:
    query = "SELECT span_name, level, attributes->'number' AS number, tags FROM records ORDER BY 1"

    answer = client.query_json_rows(query, min_timestamp=SINCE)

    assert [column["name"] for column in answer["columns"]] == [
        "span_name",
        "level",
        "number",
        "tags",
    ]
    assert answer["columns"][1]["datatype"] == "UInt16"
    assert answer["rows"] == [
        {"span_name": "first", "level": 17, "number": 1, "tags": None},
        {"span_name": "second", "level": 17, "number": 2, "tags": None},
    ]


def test_only_the_time_and_environment_asked_for_are_seen(client: LogfireQueryClient) -> None:
    def names(**window: Any) -> list[str]:
        query = "SELECT span_name FROM records_all WHERE kind = 'span' ORDER BY start_timestamp"
        return [row["span_name"] for row in client.query_json_rows(query, **window)["rows"]]

    assert names(min_timestamp=BEGAN) == ["old", "first", "second"]
    assert names(min_timestamp=BEGAN, max_timestamp=BEGAN + timedelta(hours=1)) == ["old"]
    assert names(min_timestamp=BEGAN, environment="staging") == ["old"]
    assert names(min_timestamp=BEGAN, environment=["staging", "development"], limit=1) == ["old"]


def test_csv_and_arrow(client: LogfireQueryClient) -> None:
    query = (
        "SELECT span_name, start_timestamp, duration, (attributes->>'number')::bigint AS number,"
        " is_exception FROM records"
    )
    ended = BEGAN + timedelta(hours=1)

    assert client.query_csv(query, min_timestamp=BEGAN, max_timestamp=ended) == (
        "span_name,start_timestamp,duration,number,is_exception\n"
        "old,2026-03-04T05:06:07.250000Z,0.5,1,false\n"
    )
    table = client.query_arrow(query, min_timestamp=BEGAN, max_timestamp=ended)
    assert table.to_pylist() == [
        {
            "span_name": "old",
            "start_timestamp": BEGAN,
            "duration": 0.5,
            "number": 1,
            "is_exception": False,
        }
    ]
    assert [str(field.type) for field in table.schema] == [
        "string",
        "timestamp[us, tz=UTC]",
        "double",
        "int64",
        "bool",
    ]


@pytest.mark.anyio
async def test_the_asynchronous_client(base_url: str) -> None:
    async with AsyncLogfireQueryClient(TOKEN, base_url=base_url) as client:
        answer = await client.query_json_rows(
            "SELECT count(*) AS n FROM records", min_timestamp=SINCE
        )
        info = await client.info()
    assert answer["rows"] == [{"n": 2}]
    assert info == {"organization_name": "textcrew", "project_name": "development"}


def test_the_database_interface(base_url: str) -> None:
    with logfire.db_api.connect(TOKEN, base_url=base_url) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT span_name, attributes->>'share' FROM records WHERE span_name = %(name)s",
            {"name": "second"},
        )
        assert cursor.fetchall() == [("second", "0.5")]
        assert cursor.description is not None
        assert cursor.description[0][0] == "span_name"


def test_a_wrong_query_raises_with_the_databases_message_and_the_place(
    client: LogfireQueryClient,
) -> None:
    with pytest.raises(QueryExecutionError) as raised:
        client.query_json_rows("SELECT span_name,\n  nonsense FROM records", min_timestamp=SINCE)

    problem = raised.value.problem
    assert problem is not None
    assert problem["detail"] == 'column "nonsense" does not exist'
    assert problem["place"] == {"line": 2, "column": 3}
    assert raised.value.retryable is False


def test_a_wrong_request_raises(client: LogfireQueryClient) -> None:
    with pytest.raises(QueryRequestError, match="limit"):
        client.query_json_rows("SELECT 1 AS a", min_timestamp=SINCE, limit=20_000)


@pytest.mark.parametrize("token", ["", "wrong", "test-operator-token"])
def test_without_the_read_token_there_is_no_answer(base_url: str, token: str) -> None:
    with (
        LogfireQueryClient(token, base_url=base_url) as stranger,
        pytest.raises(UnexpectedResponseError, match="401"),
    ):
        stranger.query_json_rows("SELECT 1 AS a", min_timestamp=SINCE)


@pytest.mark.parametrize(
    "query",
    ["SELECT pg_sleep(60)", "SELECT count(*) FROM generate_series(1, 1000000000000) AS n"],
)
def test_a_query_ends_with_its_time(filled: str, query: str) -> None:
    with psycopg.connect(filled, autocommit=True) as connection, pytest.raises(QueryRefused):
        ask(connection, query, min_timestamp=None, limit=10, deadline=Deadline(0.5))


def test_a_query_leaves_nothing_behind_on_its_connection(filled: str) -> None:
    with psycopg.connect(filled, autocommit=True) as connection:
        settings = "SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'"
        before = connection.execute(settings).fetchall()
        query = "SELECT set_config('work_mem', '1GB', false), set_config('a.b', 'c', false)"
        ask(connection, query, min_timestamp=None, limit=10)
        assert connection.execute(settings).fetchall() == before
        who = connection.execute("SELECT current_user = session_user").fetchone()
        assert who == (True,)


def test_an_answer_of_more_than_its_size_is_refused(filled: str) -> None:
    query = "SELECT repeat('x', 1000000) AS wide FROM generate_series(1, 60)"
    with (
        psycopg.connect(filled, autocommit=True) as connection,
        pytest.raises(QueryRefused, match="too large"),
    ):
        ask(connection, query, min_timestamp=None, limit=100)


@pytest.mark.lengthy
def test_an_owner_without_superuser_can_migrate_and_is_told_what_is_missing(
    server_url: str, empty_database_url: str
) -> None:
    """As on a hosted PostgreSQL, where an administrator has to make the role."""
    database = sql.Identifier(database_in(empty_database_url))
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS plain")
        admin.execute("CREATE ROLE plain LOGIN")
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO plain").format(database))
        url = psycopg.conninfo.make_conninfo(empty_database_url, user="plain")
        try:
            migrate(empty_database_url.replace("postgres@", "plain@"))
            with psycopg.connect(url, autocommit=True) as connection:
                with pytest.raises(QueriesUnavailable, match="CREATE ROLE textcrew_reader"):
                    ask(connection, "SELECT 1 AS a", min_timestamp=None, limit=1)
                admin.execute("GRANT textcrew_reader TO plain")
                assert connection.execute("SELECT telemetry.admit_reader()").fetchone() == (True,)
                answer = ask(
                    connection, "SELECT count(*) FROM records", min_timestamp=None, limit=1
                )
                assert answer.rows == [[0]]
                with pytest.raises(QueryRefused, match="permission denied"):
                    ask(connection, "SELECT * FROM contact", min_timestamp=None, limit=1)
                # So can an upgrade that comes after that.
                assert migrate(url) == []
                assert is_reader_admitted(connection)
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(database))
            with psycopg.connect(empty_database_url, autocommit=True) as inside:
                inside.execute("DROP OWNED BY plain CASCADE")
            admin.execute("REVOKE textcrew_reader FROM plain")
            admin.execute("DROP ROLE plain")
