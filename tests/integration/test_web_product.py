import base64
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from bot.settings.groups import Settings
from bot.wsgi import create_app
from tests.settings import changed

USER = "c" * 32


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


def open_console(client: Client, settings: Settings, **headers: str) -> TestResponse:
    bearer = {"Authorization": f"Bearer {settings.operators.operator_token.get_secret_value()}"}
    return client.get("/console", base_url=settings.web.public_base_url, headers=bearer | headers)


def fill(settings: Settings) -> None:
    """One request with a build, a message and a job that was given up."""
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute(
            """
            INSERT INTO contact (user_id, platform, address_encrypted)
            VALUES (%(user)s, 'whatsapp', 'whatsapp:+15551234567');
            """,
            {"user": USER},
        )
        connection.execute(
            """
            WITH opened AS (
                INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,
                                     span_id, request_type, request_length)
                VALUES (gen_random_uuid(), %(user)s, gen_random_uuid(), 'whatsapp', '', '',
                        'build', 19)
                RETURNING request_id
            ), owned AS (
                INSERT INTO project (user_id, title, site_token)
                VALUES (%(user)s, 'Garden <b>plans</b>', 'token')
                RETURNING project_id
            ), built AS (
                INSERT INTO build (request_id, project_id, user_id, request_text, phase, status)
                SELECT request_id, project_id, %(user)s, 'secret request_text', 'design', 'running'
                FROM opened, owned
            )
            INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body, state,
                                error_code, error_message, finished_at)
            SELECT %(user)s, request_id, 'designed', 'x', 1, 1, 'secret text', 'failed', 63024,
                   'whatsapp:+15551234567 is no recipient', now()
            FROM opened
            """,
            {"user": USER},
        )
        connection.execute(
            "SELECT enqueue_job('build', 'run_build', 'lock', '{\"secret\": 1}');"
            "UPDATE procrastinate_jobs SET status = 'failed';"
        )


def test_health_says_that_the_process_lives_whatever_the_host(
    client: Client, settings: Settings
) -> None:
    for host in (settings.web.public_base_url, "http://10.0.0.7:8000"):
        for path in ("/health", "/ready"):
            assert client.get(path, base_url=host).status_code == 200


def test_prometheus_reads_each_process_by_its_address_and_shows_the_token(
    client: Client, settings: Settings
) -> None:
    token = settings.operators.operator_token.get_secret_value()
    for host in (settings.web.public_base_url, "http://10.0.0.7:8000"):
        answer = client.get("/metrics", base_url=host, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        assert client.get("/metrics", base_url=host).status_code == 401


@pytest.mark.lengthy
def test_ready_says_what_is_missing(settings: Settings, empty_database_url: str) -> None:
    away = "postgresql://127.0.0.1:1/none?connect_timeout=1"
    for url, sentence in ((empty_database_url, "textcrew migrate"), (away, "database")):
        app = create_app(changed(settings, DATABASE_URL=url))
        client = Client(app)
        assert client.get("/health").status_code == 200
        answer = client.get("/ready")
        assert (answer.status_code, answer.mimetype) == (503, "text/plain")
        assert sentence in answer.text
        app.close()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1.evil.example", ""])
def test_another_host_is_refused_in_one_sentence(client: Client, host: str) -> None:
    answer = client.get("/console", headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (421, "text/plain")


def test_nothing_of_the_product_is_found_at_the_apps_origin(
    client: Client, settings: Settings
) -> None:
    for path in (
        "/console",
        "/webhooks/whatsapp",
        "/static/console.css",
        "/health",
        "/ready",
        "/metrics",
    ):
        assert client.get(path, base_url=settings.web.sites_base_url).status_code == 404
    posted = client.post("/webhooks/whatsapp", base_url=settings.web.sites_base_url)
    assert posted.status_code == 405


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer ",
        "Bearer wrong",
        "Bearer test-operator-token-and-more",
        "Basic " + base64.b64encode(b"test-operator-token:").decode(),
        "Basic " + base64.b64encode("me:wröng".encode()).decode(),
        "Basic !!!",
        "Digest username=me",
        "test-operator-token",
    ],
)
def test_the_console_is_closed_without_the_operator_token(
    client: Client, settings: Settings, authorization: str
) -> None:
    answer = open_console(client, settings, Authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_the_console_opens_as_a_page_for_a_browser(client: Client, settings: Settings) -> None:
    fill(settings)
    token = settings.operators.operator_token.get_secret_value()
    basic = base64.b64encode(f"anyone:{token}".encode()).decode()
    answer = open_console(client, settings, Authorization=f"Basic {basic}", Accept="text/html,*/*")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "designed" in answer.text
    style = client.get("/static/console.css", base_url=settings.web.public_base_url)
    assert (style.status_code, style.mimetype) == (200, "text/css")
    style.close()


def test_the_console_answers_programs_in_json(client: Client, settings: Settings) -> None:
    fill(settings)
    answer = open_console(client, settings, Accept="application/json")
    assert answer.mimetype == "application/json"
    overview: dict[str, Any] = json.loads(answer.data)
    assert overview["halt"] is None
    assert overview["open_requests"][0]["user_id"] == USER
    assert overview["open_requests"][0]["phase"] == "design"
    assert overview["undelivered"][0]["why"] == "the recipient's address is not valid"
    assert overview["failed_jobs"][0]["task_name"] == "run_build"
    asked = client.get(
        "/console?format=json",
        base_url=settings.web.public_base_url,
        headers={"Authorization": "Bearer test-operator-token", "Accept": "text/html"},
    )
    assert asked.mimetype == "application/json"


def test_the_console_says_when_nothing_is_sent(client: Client, settings: Settings) -> None:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("INSERT INTO sending_halt (reason) VALUES ('refused by Twilio')")
    page = open_console(client, settings, Accept="text/html").text
    assert "Nothing is sent since" in page
    assert "refused by Twilio" in page


def test_the_console_shows_no_words_and_no_address_of_anyone(
    client: Client, settings: Settings
) -> None:
    fill(settings)
    for kind in ("text/html", "application/json"):
        text = open_console(client, settings, Accept=kind).text.lower()
        assert USER in text
        assert ("garden &lt;b&gt;plans" if kind == "text/html" else "garden <b>plans") in text
        assert "secret" not in text
        assert "5551234567" not in text


def test_every_answer_of_the_product_carries_the_security_headers(
    client: Client, settings: Settings
) -> None:
    for answer in (
        open_console(client, settings),
        open_console(client, settings, Authorization=""),
        client.get("/missing", base_url=settings.web.public_base_url),
        client.get("/health"),
    ):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
