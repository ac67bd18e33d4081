"""What the libraries emit by themselves: below the request, and without what is private."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import anthropic
import psycopg
import pytest
import requests
from flask import Flask
from pydantic import BaseModel, ValidationError

import telemetry
from bot.database.pools import async_connection_pool
from telemetry.context import bound
from telemetry.named_sql import statements
from telemetry.root import attach, mint_root
from telemetry.spans import trace_delivery
from telemetry.sql import SLOW_MS, TracedCursor, trace_statements
from tests.otlp_receiver import OtlpReceiver, receiver_of_this_process

PHONE = "15550109876"
WORDS = "a diary for Zanzibar"
ACCOUNT = "AC" + "0" * 32
NEVER_SLOW_MS = 600_000


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    receiver = receiver_of_this_process()
    telemetry.flush(60)
    receiver.clear()
    yield receiver
    receiver.clear()


@pytest.fixture
def far_side() -> Iterator["FarSide"]:
    with FarSide.serve() as serving:
        yield serving


class FarSide(ThreadingHTTPServer):
    """Keeps the headers of each call and answers as the Messages API would."""

    headers_seen: list[dict[str, str]]
    url: str

    @classmethod
    @contextmanager
    def serve(cls) -> Iterator["FarSide"]:
        with cls(("127.0.0.1", 0), _Answer) as server:
            server.headers_seen = []
            server.url = f"http://127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            yield server
            server.shutdown()
            thread.join()


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        assert isinstance(self.server, FarSide)
        self.server.headers_seen.append({k.lower(): v for k, v in self.headers.items()})
        body = json.dumps(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": WORDS}],
                "model": "claude-haiku-5-5",
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 7, "output_tokens": 5},
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def connected(url: str) -> psycopg.Connection:
    """A connection such as the product's pools hand out."""
    return psycopg.connect(url, cursor_factory=TracedCursor)


def assert_absent(receiver: OtlpReceiver, *secrets: str) -> None:
    assert telemetry.flush(60)
    assert receiver.bodies
    for secret in secrets:
        assert all(secret.encode() not in body for body in receiver.bodies)


@pytest.fixture
def usual_statements() -> Iterator[None]:
    """Let it be as before after a test that changes what is slow."""
    yield
    trace_statements(slow_ms=SLOW_MS)


@pytest.fixture
def every_statement(usual_statements: None) -> None:
    """Let each statement be a span, as TRACE_SQL=all does."""
    trace_statements(slow_ms=0)


@pytest.mark.anyio
@pytest.mark.usefixtures("every_statement")
async def test_a_statement_is_a_span_below_its_request_with_the_ids(
    receiver: OtlpReceiver, database_url: str
) -> None:
    root = mint_root()
    async with async_connection_pool(database_url, max_size=1) as pool:
        with attach(root), bound(user_id="u1"):
            async with pool.connection() as connection:
                await connection.execute("SELECT %(words)s::text", {"words": WORDS})

    assert telemetry.flush(60)
    (select,) = receiver.in_trace(root.trace_id)
    assert select.name == "SELECT"
    assert select.parent_span_id == root.span_id
    assert select.attributes["user_id"] == "u1"
    assert select.attributes["db.statement"] == "SELECT %(words)s::text"
    assert_absent(receiver, WORDS)


@pytest.mark.usefixtures("every_statement")
def test_a_statement_has_the_name_that_it_has_in_its_file(
    receiver: OtlpReceiver, database_url: str
) -> None:
    statement = statements("bot.requests", "lifecycle.sql")["load_request"]
    with connected(database_url) as connection, trace_delivery(kind="reply", parts=1):
        connection.execute(statement, {"request_id": None})

    assert telemetry.flush(60)
    assert receiver.span("load_request").attributes["db.statement"] == statement


@pytest.mark.usefixtures("usual_statements")
def test_statements_are_counted_and_only_a_slow_one_is_a_span(
    receiver: OtlpReceiver, database_url: str
) -> None:
    with connected(database_url) as connection, trace_delivery(kind="reply", parts=1):
        trace_statements(slow_ms=NEVER_SLOW_MS)
        connection.execute("SELECT 1")
        connection.cursor().executemany("SELECT %s", [[1], [2]])
        trace_statements(slow_ms=SLOW_MS)
        connection.execute("SELECT pg_sleep(0.06)")

    assert telemetry.flush(60)
    assert {span.name for span in receiver.spans} == {"SELECT", "delivery"}
    assert receiver.span("SELECT").attributes["db.statement"] == "SELECT pg_sleep(0.06)"
    around = receiver.span("delivery")
    assert around.attributes["db.statements"] == 3
    assert around.number("db.duration_ms") >= 60


def test_a_clock_that_is_set_back_makes_no_statement_shorter(
    receiver: OtlpReceiver, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = count()
    with connected(database_url) as connection, trace_delivery(kind="reply", parts=1):
        now = time.time_ns()
        monkeypatch.setattr("time.time_ns", lambda: now - next(hours) * 3_600 * 10**9)
        connection.execute("SELECT pg_sleep(0.06)")
        monkeypatch.undo()

    assert telemetry.flush(60)
    select = receiver.span("SELECT")
    assert timedelta(milliseconds=60) <= select.ended_at - select.started_at < timedelta(minutes=1)
    assert 60 <= receiver.span("delivery").number("db.duration_ms") < 60_000


def test_statements_for_no_request_are_not_traced(
    receiver: OtlpReceiver, database_url: str
) -> None:
    with connected(database_url) as connection:
        connection.execute("SELECT pg_sleep(0.06)")
    with trace_delivery(kind="reply", parts=1):
        pass

    assert telemetry.flush(60)
    assert [span.name for span in receiver.spans] == ["delivery"]


def test_a_statement_that_fails_does_not_quote_the_row(
    receiver: OtlpReceiver, database_url: str
) -> None:
    with connected(database_url) as connection:
        connection.execute("CREATE TEMP TABLE diary (words text, day date NOT NULL)")
        with (
            pytest.raises(psycopg.errors.NotNullViolation),
            trace_delivery(kind="reply", parts=1),
        ):
            connection.execute("INSERT INTO diary (words) VALUES (%s)", [WORDS])

    assert_absent(receiver, WORDS)
    failed = receiver.span("delivery")
    assert failed.status_message.startswith("psycopg.errors.NotNullViolation: null value in col")
    (insert,) = [span for span in receiver.spans if span.name == "INSERT"]
    assert insert.status_message == failed.status_message


def test_rejected_input_is_not_in_the_error_that_tells_of_it(receiver: OtlpReceiver) -> None:
    class Plan(BaseModel):
        steps: int

    with pytest.raises(ValidationError), trace_delivery(kind="reply", parts=1):
        Plan.model_validate({"steps": WORDS})

    assert_absent(receiver, WORDS)
    ((_, recorded),) = receiver.span("delivery").events
    assert recorded["exception.message"] == "Plan: steps: int_parsing"


def test_a_call_out_shows_neither_address_nor_account_and_sends_no_baggage(
    receiver: OtlpReceiver, far_side: FarSide
) -> None:
    root = mint_root()
    url = f"{far_side.url}/Accounts/{ACCOUNT}/Messages.json?To=whatsapp%3A%2B{PHONE}"
    with attach(root), bound(user_id="u1"):
        requests.post(url, data={"To": f"whatsapp:+{PHONE}", "Body": WORDS}, timeout=60)

    assert_absent(receiver, PHONE, ACCOUNT, WORDS)
    (call,) = receiver.in_trace(root.trace_id)
    assert call.message == "POST 127.0.0.1/Accounts/{id}/Messages.json"
    (headers,) = far_side.headers_seen
    assert headers["traceparent"] == f"00-{root.trace_id}-{call.span_id}-01"
    assert "baggage" not in headers


def test_a_call_out_that_fails_does_not_show_the_address_either(receiver: OtlpReceiver) -> None:
    nowhere = f"http://127.0.0.1:9/Messages.json?To=whatsapp%3A%2B{PHONE}"
    with pytest.raises(requests.ConnectionError), trace_delivery(kind="reply", parts=1):
        requests.get(nowhere, timeout=60)

    assert_absent(receiver, PHONE)
    assert "To=[address]" in receiver.span("delivery").status_message


@pytest.mark.anyio
async def test_a_model_call_is_the_sdks_own_span_without_any_content(
    receiver: OtlpReceiver, far_side: FarSide
) -> None:
    root = mint_root()
    client = anthropic.AsyncAnthropic(
        api_key="key", base_url=far_side.url, open_telemetry={"propagation": False}
    )
    with attach(root), bound(user_id="u1"):
        await client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=50,
            system="You are a helper for diaries",
            messages=[{"role": "user", "content": WORDS}],
        )
    await client.close()

    assert_absent(receiver, WORDS, "helper for diaries")
    (call,) = receiver.in_trace(root.trace_id)
    assert call.scope == "com.anthropic.sdk.python"
    assert call.parent_span_id == root.span_id
    assert call.attributes["gen_ai.usage.output_tokens"] == 5
    assert call.attributes["user_id"] == "u1"
    assert not {"traceparent", "baggage"} & far_side.headers_seen[0].keys()


def test_a_request_to_us_is_a_trace_of_its_own_known_by_its_route(receiver: OtlpReceiver) -> None:
    app = Flask("site")
    telemetry.instrument_flask_app(app)

    @app.get("/<token>/index.html")
    def page(token: str) -> str:
        return token

    browser = app.test_client()
    foreign = {
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "baggage": "user_id=someone",
        "User-Agent": "Agent-of-a-person",
    }
    address = {"REMOTE_ADDR": "203.0.113.77"}
    path = "/unguessable/index.html?token=operators"
    assert browser.get(path, headers=foreign, environ_base=address).status_code == 200
    assert browser.get("/unguessable/nothing", environ_base=address).status_code == 404

    assert_absent(
        receiver, "unguessable", "operators", "someone", "Agent-of-a-person", "203.0.113.77"
    )
    found, missing = receiver.spans
    assert (found.name, found.message) == ("GET /<token>/index.html",) * 2
    assert (missing.name, missing.message) == ("GET unmatched",) * 2
    assert found.parent_span_id is None
    assert found.trace_id != "a" * 32


def test_a_log_line_is_in_the_trace_without_its_address(receiver: OtlpReceiver) -> None:
    root = mint_root()
    with attach(root), bound(user_id="u1"):
        logging.getLogger("bot.delivery").info("sent to %s", f"whatsapp:+{PHONE}")
        logging.getLogger("twilio.http_client").info("payload %s", WORDS)
        logging.getLogger("urllib3").warning("retrying")

    assert_absent(receiver, PHONE, WORDS)
    assert [log.message for log in receiver.events] == ["sent to [address]", "retrying"]
    assert {log.parent_span_id for log in receiver.events} == {root.span_id}
    assert receiver.events[0].attributes["user_id"] == "u1"


def test_scrubbing_spares_what_we_query_by(receiver: OtlpReceiver) -> None:
    with trace_delivery(kind="reply", parts=1) as span:
        span.set_attributes(
            {
                "session_id": "session-1",
                "conversation_id": "c-1",
                "total_tokens": 1,
                "tokens_used": 2,
                "tokens_remaining": 3,
                "password": "hunter2-and-more",
                "note": f"call +{PHONE} now",
            }
        )

    assert_absent(receiver, "hunter2-and-more", PHONE)
    kept = receiver.span("delivery").attributes
    assert kept["session_id"] == "session-1"
    assert kept["note"] == "call [address] now"
    assert {"conversation_id": "c-1", "total_tokens": 1, "tokens_used": 2}.items() <= kept.items()


def test_a_log_line_is_named_by_its_template_and_told_in_full(receiver: OtlpReceiver) -> None:
    logging.getLogger("bot.tests").warning("build %s: %d faults for %s", "4a903fc6", 2, f"+{PHONE}")
    telemetry.flush(60)

    (told,) = [span for span in receiver.everything if "faults" in span.name]
    assert told.name == "build %s: %d faults for %s"
    message = str(told.attributes["logfire.msg"])
    assert message.startswith("build 4a903fc6: 2 faults for ")
    assert PHONE not in message
    assert PHONE not in str(told.attributes)
