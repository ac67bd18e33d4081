"""`textcrew query`: our database or Logfire, for users and for scripts."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner, Result
from opentelemetry.sdk.trace import TracerProvider

from bot.cli.main import textcrew
from bot.errors import QueryFailed
from telemetry.store import RecordStore


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, settings_environment: dict[str, str], database_url: str
) -> None:
    """The command's settings, and three records in its database."""
    for name, value in settings_environment.items():
        monkeypatch.setenv(name, value)
    store = RecordStore(lambda: database_url)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(store.span_processor)
    tracer = provider.get_tracer("test")
    for reason, tokens in (("timeout", 10), ("timeout", 30), ("error", 5)):
        attributes: dict[str, str | int] = {"termination_reason": reason, "tokens_used": tokens}
        tracer.start_span("agent_handoff", attributes=attributes).end()
    with tracer.start_as_current_span("user_request", attributes={"request_id": "abc"}):
        tracer.start_span("agent_lifecycle").end()
    assert store.flush(60)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(textcrew, ["query", *arguments], catch_exceptions=False)


def test_a_query_by_name_is_a_table_with_bars() -> None:
    shown = run("handoffs-by-reason", "--last", "24h").stdout.splitlines()

    assert shown[0].strip() == "Handoffs by reason"
    timeouts, errors = shown[2:]
    assert timeouts.split()[:3] == ["timeout", "2", "0"]
    assert timeouts.count("█") == 2 * errors.count("█") > 0


def test_a_request_is_drawn_as_a_tree() -> None:
    shown = [
        line.rstrip() for line in run("request-tree", "--set", "request_id=ab").stdout.split("\n")
    ]

    root = next(index for index, line in enumerate(shown) if line.startswith("user_request"))
    assert shown[root + 1].startswith("└── agent_lifecycle")


def test_json_and_csv_are_for_scripts() -> None:
    query = "SELECT span_name, count(*) AS spans FROM records GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"

    assert json.loads(run(query, "--json").stdout) == [{"span_name": "agent_handoff", "spans": 3}]
    assert list(csv.reader(io.StringIO(run(query, "--csv").stdout))) == [
        ["span_name", "spans"],
        ["agent_handoff", "3"],
    ]


def test_a_bad_query_shows_the_message_and_the_place() -> None:
    with pytest.raises(QueryFailed) as failed:
        run("SELECT span_name,\n       duratoin\nFROM records")

    message, line, mark, hint = str(failed.value).splitlines()
    assert message == 'column "duratoin" does not exist'
    assert line.index("duratoin") == mark.index("^")
    assert "records.duration" in hint


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["no-such-query"], "textcrew query --list"),
        (["slow-tasks", "--set", "minutes=1"], "it has seconds"),
        (["slow-tasks", "--set", "seconds"], "NAME=VALUE"),
        (["SELECT 1 AS one", "--set", "seconds=1"], "goes with a query of the cookbook"),
        (["DELETE FROM records"], "Only questions"),
    ],
)
def test_what_cannot_be_asked_is_explained(arguments: list[str], complaint: str) -> None:
    with pytest.raises(QueryFailed, match=complaint):
        run(*arguments)


def test_the_list_tells_the_questions() -> None:
    listed = run("--list").stdout
    assert "handoffs-by-reason\n    Why did agents hand over" in listed
    assert "--set seconds=…" in listed


class Logfire(BaseHTTPRequestHandler):
    """The far side of the network: answers every query with one row."""

    asked: list[tuple[str | None, dict[str, object]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Authorization"], json.loads(body)))
        is_known = self.headers["Authorization"] == "pylf_v1_us_read"
        fields = [{"name": "n", "data_type": "Int64", "nullable": True}]
        answer = json.dumps({"schema": {"fields": fields}, "data": [{"n": 42}]}).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def logfire(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Logfire]]:
    handler = type("Handler", (Logfire,), {"asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("LOGFIRE_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    server.server_close()


def test_with_a_read_token_logfire_is_asked(
    logfire: type[Logfire], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGFIRE_READ_TOKEN", "pylf_v1_us_read")

    shown = run("SELECT count(*) AS n FROM records", "--json").stdout

    assert json.loads(shown) == [{"n": 42}]
    ((token, body),) = logfire.asked
    assert token == "pylf_v1_us_read"
    assert body["sql"] == "SELECT count(*) AS n FROM records"
    assert "min_timestamp" in body


def test_a_token_that_logfire_refuses_is_named(
    logfire: type[Logfire], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGFIRE_READ_TOKEN", "pylf_v1_us_other")
    with pytest.raises(QueryFailed, match="LOGFIRE_READ_TOKEN"):
        run("SELECT count(*) AS n FROM records")
