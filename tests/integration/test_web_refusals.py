"""What strangers have refused is counted and leaves neither a span nor a line each."""

import logging
import re
import signal
from pathlib import Path

import psycopg
import pytest
import requests

from bot.settings.groups import Settings
from bot.web.bounded_log import INTERVAL, BoundedLog
from tests.acceptance.test_hostile_strangers import REFUSED, status_of
from tests.integration.twilio_forms import encoded, message_fields, signed
from tests.integration.web_process import serving

TIMES = 6

ASKED_BY_ANYBODY = ["/health", "/ready", "/static/console.css"]


@pytest.mark.slow  # it starts a process
def test_no_request_of_a_stranger_is_kept_and_those_of_the_known_are(
    settings: Settings, tmp_path: Path, database_url: str
) -> None:
    with serving(settings, tmp_path, workers=1) as (served, process):
        for method, path, headers, body, status in REFUSED:
            for _ in range(TIMES):
                refused, _ = status_of(served.web.public_base_url, method, path, headers, body)
                assert refused == status, path
        for number, path in enumerate(ASKED_BY_ANYBODY * TIMES):
            host = {"Host": f"{number}.example"} if path in {"/health", "/ready"} else {}
            answer = requests.get(served.web.public_base_url + path, headers=host, timeout=30)
            assert answer.status_code == 200
        url = f"{served.web.public_base_url}/webhooks/whatsapp"
        fields = message_fields(served)
        answer = requests.post(
            url, data=encoded(fields), headers=signed(fields, url=url), timeout=30
        )
        assert answer.status_code == 204
        operator = {"Authorization": f"Bearer {served.operators.operator_token.get_secret_value()}"}
        console = f"{served.web.public_base_url}/console"
        assert requests.get(console, headers=operator, timeout=30).status_code == 200
        following = operator | {"X-Follows": "1"}  # a page that shows what is new leaves no span
        assert requests.get(console, headers=following, timeout=30).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0

    with psycopg.connect(database_url) as connection:
        kept = connection.execute(
            "SELECT span_name, kind, http_response_status_code FROM records_all"
            " WHERE parent_span_id IS NULL AND kind IN ('span', 'pending_span') ORDER BY 1"
        ).fetchall()
        taken = connection.execute(
            "SELECT (attributes ->> 'db.statements')::int > 0 FROM records"
            " WHERE span_name = 'POST /webhooks/whatsapp'"
        ).fetchone()
        logged = connection.execute("SELECT message FROM records WHERE kind = 'log'").fetchall()
        counted = connection.execute(
            "SELECT labels ->> 'route', labels ->> 'status', value FROM metric_total"
            " WHERE name = 'requests_refused_total'"
        ).fetchall()
        hosts = connection.execute(
            "SELECT DISTINCT attributes ->> 'http.host' FROM metrics WHERE attributes ? 'http.host'"
        ).fetchall()
    assert kept == [
        ("GET /console", "span", 200),
        ("POST /webhooks/whatsapp", "span", 204),
        ("user_request", "pending_span", None),
    ]
    assert taken == (True,)
    assert sum(value for _, _, value in counted) == TIMES * len(REFUSED)
    assert {(route, int(status)) for route, status, _ in counted} == {
        ("/console", 401),
        ("/metrics", 401),
        ("/v1/read-token-info", 401),
        ("/v2/query", 401),
        ("/webhooks/whatsapp", 403),
        ("/media/<token>", 404),
        ("/e/<name>", 404),
        ("/static/<path:filename>", 404),
        ("unmatched", 404),
        ("unmatched", 405),
        ("/webhooks/status", 413),
        ("/webhooks/whatsapp", 415),
        ("another host", 421),
        ("unread", 400),
    }
    assert len(hosts) == 1
    log = (tmp_path / "web.log").read_text()
    assert len(re.findall("refused before anybody was known", log)) == 2
    assert sorted(message for (message,) in logged if "refused" in message) == [
        "refused before anybody was known: 1 x 400 at unread",
        "refused before anybody was known: 1 x 401 at /console",
    ]


def test_what_happens_often_is_said_once_a_minute_with_its_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 100.0
    quiet = BoundedLog("refused", clock=lambda: now)
    with caplog.at_level(logging.WARNING, "bot.web.refusals"):
        for _ in range(1_000):
            quiet.note("401 at /console")
        for _ in range(2_000):
            quiet.note("404 at unmatched")
        assert caplog.messages == ["refused: 1 x 401 at /console"]
        now += INTERVAL
        quiet.note("404 at unmatched")

    assert caplog.messages[1:] == ["refused: 2001 x 404 at unmatched, 999 x 401 at /console"]
