"""`/health` tells how each part is; what nobody expected is logged here and not told outside."""

import logging
from collections.abc import Iterator

import psycopg
import pytest
from pydantic import SecretStr
from werkzeug.test import Client

import bot
from bot.settings import Settings
from bot.wsgi import create_app


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
    assert (report["service"], report["version"]) == ("textcrew", bot.__version__)
    assert report["telemetry"] in {"on", "off"}
    assert {name: part["status"] for name, part in report["components"].items()} == {
        "database": "up",
        "schema": "up",
        "worker": "up",
    }
    assert all(0 < part["latency_ms"] < 5_000 for part in report["components"].values())


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


def test_without_a_database_it_still_answers_soon(settings: Settings) -> None:
    away = SecretStr("postgresql://127.0.0.1:1/none?connect_timeout=1")
    app = create_app(settings.model_copy(update={"database_url": away}))

    answer = Client(app).get("/health")
    app.close()

    assert (answer.status_code, answer.get_json()["status"]) == (200, "degraded")
    parts = answer.get_json()["components"].values()
    assert {part["detail"] for part in parts} == {"the database does not answer"}
    assert sum(part["latency_ms"] for part in parts) < 5_000


def test_the_unexpected_is_logged_with_its_place_and_not_told(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    execute(settings, "DROP TABLE outbox CASCADE")
    token = settings.operator_token.get_secret_value()

    with caplog.at_level(logging.ERROR, "bot.web"):
        answer = client.get(
            "/console",
            base_url=settings.public_base_url,
            headers={"Authorization": f"Bearer {token}"},
        )

    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert answer.text == "Something went wrong here; it has been noted.\n"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (logged,) = [record for record in caplog.records if record.name == "bot.web.product"]
    assert logged.getMessage() == "GET /console failed with UndefinedTable"
    assert logged.exc_info is not None
