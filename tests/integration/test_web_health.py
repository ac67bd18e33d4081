"""`/health` tells how each part is; what nobody expected is logged here and not told outside."""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg import sql
from werkzeug.test import Client

import bot
from bot.database.pools import connection_pool
from bot.errors import DatabaseTooOld
from bot.settings.groups import Settings
from bot.web.database import visit
from bot.web.write_probe import INTERVAL, WriteProbe
from bot.wsgi import create_app
from tests.databases import database_in, refuse_writes
from tests.integration.twilio_forms import encoded, message_fields, signed
from tests.settings import changed


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


def beat(settings: Settings, age: str) -> None:
    """A worker whose last sign of life is that old."""
    execute(
        settings,
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)",
        age,
    )


def execute(settings: Settings, statement: str, *parameters: str) -> None:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute(statement.encode(), parameters or None)


def test_with_a_living_worker_all_is_healthy(client: Client, settings: Settings) -> None:
    beat(settings, "2 seconds")

    report = client.get("/health").get_json()

    assert report["status"] == "healthy"
    assert report["service"] == "textcrew"
    assert report["telemetry"] in {"on", "off"}
    assert {name: part["status"] for name, part in report["components"].items()} == {
        "database": "up",
        "writes": "up",
        "schema": "up",
        "worker": "up",
    }
    assert all(0 < part["latency_ms"] < 60_000 for part in report["components"].values())


def test_versions_are_for_operators_only(client: Client, settings: Settings) -> None:
    token = settings.operators.operator_token.get_secret_value()

    to_anybody = client.get("/health")
    to_operators = client.get("/health", headers={"Authorization": f"Bearer {token}"}).get_json()
    to_a_guesser = client.get("/health", headers={"Authorization": "Bearer wrong"})

    assert "version" not in to_anybody.get_json()
    assert "PostgreSQL" not in to_anybody.text
    assert bot.__version__ not in to_anybody.text
    assert to_operators["version"] == bot.__version__
    assert re.fullmatch(r"PostgreSQL \d+", to_operators["components"]["database"]["detail"])
    assert to_a_guesser.status_code == 401


@pytest.mark.parametrize(
    ("age", "detail"), [(None, "no worker has started"), ("2 minutes", "sign of life for 120 s")]
)
def test_without_a_living_worker_it_is_degraded(
    client: Client, settings: Settings, age: str | None, detail: str
) -> None:
    if age is not None:
        beat(settings, age)

    answer = client.get("/health")

    report = answer.get_json()
    assert (answer.status_code, report["status"]) == (200, "degraded")
    assert report["components"]["worker"]["status"] == "down"
    assert detail in report["components"]["worker"]["detail"]


def test_a_database_that_turns_out_too_old_is_told(client: Client, settings: Settings) -> None:
    beat(settings, "2 seconds")
    execute(settings, "DELETE FROM _yoyo_migration WHERE migration_id LIKE '0001.baseline.%'")

    schema = client.get("/health").get_json()["components"]["schema"]
    ready = client.get("/ready")

    assert (schema["status"], schema["detail"]) == ("down", str(DatabaseTooOld()))
    assert (ready.status_code, ready.text) == (503, f"{DatabaseTooOld()}\n")


@pytest.mark.lengthy
def test_without_a_database_it_still_answers_soon(settings: Settings) -> None:
    away = "postgresql://127.0.0.1:1/none?connect_timeout=1"
    app = create_app(changed(settings, DATABASE_URL=away))

    def milliseconds() -> float:
        answer = Client(app).get("/health")
        assert (answer.status_code, answer.get_json()["status"]) == (200, "degraded")
        parts = answer.get_json()["components"].values()
        assert {part["detail"] for part in parts} == {"the database does not answer"}
        return float(sum(part["latency_ms"] for part in parts))

    # Who waits too long does so each time; a busy machine may be slow once.
    assert any(milliseconds() < 5_000 for _ in range(3))
    app.close()


def post(client: Client, settings: Settings) -> int:
    """Let Twilio bring a message; returns the answer's status."""
    fields = message_fields(settings)
    answer = client.post(
        "/webhooks/whatsapp",
        base_url=settings.web.public_base_url,
        data=encoded(fields),
        headers=signed(fields, url=f"{settings.web.public_base_url}/webhooks/whatsapp"),
    )
    return answer.status_code


def test_a_database_that_takes_no_writes_is_down_and_a_message_is_refused_for_now(
    client: Client, settings: Settings, database_url: str
) -> None:
    beat(settings, "2 seconds")
    refuse_writes(database_url, refuse=True)

    report = client.get("/health").get_json()

    assert report["status"] == "degraded"
    assert report["components"]["database"]["status"] == "up"
    writes = report["components"]["writes"]
    assert writes["status"] == "down"
    assert writes["detail"] == "the database takes no writes (ReadOnlySqlTransaction)"
    assert post(client, settings) == 503


def test_a_write_is_tried_seldom_and_leaves_nothing(database_url: str) -> None:
    now = 100.0
    with connection_pool(database_url, max_size=2) as pool:
        trial = WriteProbe(pool, clock=lambda: now)
        assert trial.refusal() is None
        refuse_writes(database_url, refuse=True)
        assert trial.refusal() is None
        now += INTERVAL
        assert trial.refusal() == "ReadOnlySqlTransaction"
        refuse_writes(database_url, refuse=False)
        now += INTERVAL
        assert trial.refusal() is None
        with pool.connection() as connection:
            assert connection.execute("SELECT count(*) FROM write_trial").fetchone() == (0,)


@pytest.mark.lengthy
def test_soon_after_the_database_is_back_messages_are_taken(
    client: Client, settings: Settings, server_url: str
) -> None:
    assert settings.database_url is not None
    name = database_in(settings.database_url.get_secret_value())
    allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    assert client.get("/ready").status_code == 200

    def seconds_until_one_is_taken() -> float:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [name],
            )
            away = time.monotonic()
            while time.monotonic() - away < 4:
                assert post(client, settings) == 503
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))
        back = time.monotonic()
        while post(client, settings) != 204:
            assert time.monotonic() - back < 60
        return time.monotonic() - back

    # Waits that grow while the database is away do so each time; a busy machine is slow once.
    assert any(seconds_until_one_is_taken() < 1.0 for _ in range(3))


def test_a_restart_of_the_database_is_met_once_and_not_by_each_connection(
    database_url: str,
) -> None:
    with connection_pool(database_url, max_size=8) as pool:
        with ExitStack() as lent:
            for _ in range(8):
                lent.enter_context(pool.connection())
        refuse_writes(database_url, refuse=False)  # ends all connections

        with visit(pool, patience=30.0) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_unexpected_is_logged_with_its_place_and_not_told(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    execute(settings, "DROP TABLE outbox CASCADE")
    token = settings.operators.operator_token.get_secret_value()

    with caplog.at_level(logging.ERROR, "bot.web"):
        answer = client.get(
            "/console",
            base_url=settings.web.public_base_url,
            headers={"Authorization": f"Bearer {token}"},
        )

    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert answer.text == "Something went wrong here; it has been noted.\n"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (logged,) = [record for record in caplog.records if record.name == "bot.web.product"]
    assert logged.getMessage() == "GET /console failed with UndefinedTable"
    assert logged.exc_info is not None
