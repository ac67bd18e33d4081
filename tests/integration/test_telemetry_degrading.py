"""Telemetry never slows or stops a process: no token, a bad one, no network, a silent server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.otlp_receiver import FAKE_TOKEN, otlp_receiver

pytestmark = pytest.mark.slow  # it starts processes

# Seconds that the end of a process may take longer: telemetry waits for 2, what is beyond that is
# the machine's. Logfire by itself waits for about 10 where a server hangs.
NOT_WAITED = 6.0

PROGRAM = """
import json, os, sys, time
import telemetry
from telemetry import events, metrics, spans
from telemetry.root import emit, mint_root, open_root, trace_user_request

token, enabled = sys.argv[1] or None, sys.argv[2] == "enabled"
began = time.perf_counter()
for _ in range(2):
    telemetry.configure(service_role="worker", environment="development", version="1",
                        logfire_token=token, sends=enabled)
configured = time.perf_counter()
root = mint_root()
open_root(root, {"platform": "chat"})
for number in range(50):
    with trace_user_request(root, user_id="u", request_id="r", project_id=None,
                            conversation_id="c"):
        with spans.trace_delivery(kind="reply", parts=number):
            events.handoff_saved(handoff_id="h", source_agent_id="a",
                                 agent_type="qa", data_size_kb=1.0)
            metrics.record_handoff_validation(outcome="passed")
emit(root, ended_at=root.started_at, attributes={}, error=None)
worked = time.perf_counter()
if "FLUSH" in os.environ:
    telemetry.flush()
print(json.dumps({"configure": configured - began, "work": worked - configured}))
"""

KEEPING = """
from bot.settings.loading import load_settings
from bot.telemetry_setup import observe
from telemetry import spans
from telemetry.root import attach, mint_root

observe(load_settings(), role="worker")
with attach(mint_root()), spans.trace_delivery(kind="reply", parts=1):
    pass
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    configured_in: float
    worked_in: float
    took: float
    stderr: str


def run(
    token: str | None,
    base_url: str | None,
    *,
    enabled: bool = True,
    also: Mapping[str, str] | None = None,
) -> Ran:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOGFIRE_", "OTEL_", "PYTEST_"))
    }
    environment |= also or {}
    if base_url is not None:
        environment["LOGFIRE_BASE_URL"] = base_url
    began = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, token or "", "enabled" if enabled else "off"],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    took = time.monotonic() - began
    assert process.returncode == 0, process.stderr
    times = json.loads(process.stdout)
    return Ran(
        configured_in=times["configure"],
        worked_in=times["work"],
        took=took,
        stderr=process.stderr,
    )


def soonest(begin: Callable[[], Ran], is_soon: Callable[[Ran], bool]) -> Ran:
    """The first of three runs that is soon enough: what waits does so each time.

    A busy machine may be slow once.
    """
    for _ in range(3):
        ran = begin()
        if is_soon(ran):
            return ran
    pytest.fail(f"none was soon: {ran}")


@pytest.fixture(scope="module")
def without() -> Ran:
    """The same program without telemetry, to compare with."""
    return run(None, None)


def test_without_a_token_nothing_is_sent_and_nothing_is_said() -> None:
    with otlp_receiver() as receiver:
        ran = run(None, receiver.base_url)
        assert receiver.bodies == []
    assert ran.stderr == ""


def test_switched_off_nothing_is_sent_although_there_is_a_token() -> None:
    with otlp_receiver() as receiver:
        ran = run(FAKE_TOKEN, receiver.base_url, enabled=False)
        assert receiver.bodies == []
    assert ran.stderr == ""


@pytest.mark.parametrize(("kept", "rows"), [("true", 1), ("false", 0)])
def test_what_is_kept_is_up_to_local_records_alone(
    database_url: str, settings_environment: Mapping[str, str], kept: str, rows: int
) -> None:
    with otlp_receiver() as receiver:
        ran = subprocess.run(
            [sys.executable, "-c", KEEPING],
            cwd=Path(__file__).parents[2],
            env={
                **settings_environment,
                **receiver.environment(),
                "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.base_url,
                "ENABLE_LOGFIRE": "false",
                "LOCAL_RECORDS": kept,
                "TRACE_SAMPLE_RATE": "0",
            },
            timeout=60,
            check=True,
            capture_output=True,
        )
        assert receiver.bodies == []
    assert ran.stderr == b""
    with psycopg.connect(database_url) as connection:
        cursor = connection.execute("SELECT FROM records WHERE span_name = 'delivery'")
        assert len(cursor.fetchall()) == rows


def test_with_a_token_all_of_it_arrives_before_the_process_ends(without: Ran) -> None:
    def begin() -> Ran:
        with otlp_receiver() as receiver:
            ran = run(FAKE_TOKEN, receiver.base_url)
            assert sum(span.name == "delivery" for span in receiver.spans) == 50
            assert receiver.span("user_request").resource["service.name"] == "textcrew-worker"
            assert "handoff_validations_total" in {point.metric for point in receiver.points}
        return ran

    soonest(begin, lambda ran: ran.took < without.took + 3)


def test_a_bad_token_costs_nothing_but_a_line(without: Ran) -> None:
    with otlp_receiver() as receiver:
        receiver.status = 401
        soonest(
            lambda: run(FAKE_TOKEN, receiver.base_url),
            lambda ran: ran.configured_in < 1 and ran.took < without.took + 3,
        )


def test_a_token_that_no_header_can_hold_costs_nothing_but_a_line(without: Ran) -> None:
    with otlp_receiver() as receiver:
        ran = soonest(
            lambda: run("gar\nbäge", receiver.base_url),
            lambda ran: ran.took < without.took + NOT_WAITED,
        )
    assert "Traceback" not in ran.stderr


def does_not_wait(ran: Ran, without: Ran) -> bool:
    """Whether telemetry holds up neither the start nor the work, and the end for two seconds."""
    return (
        ran.configured_in < 1
        and ran.worked_in < without.worked_in + 1
        and ran.took < without.took + NOT_WAITED
    )


def test_with_nobody_listening_the_process_starts_and_ends_as_before(without: Ran) -> None:
    soonest(lambda: run(FAKE_TOKEN, "http://127.0.0.1:9"), lambda ran: does_not_wait(ran, without))


@pytest.mark.parametrize("before_the_end", [{}, {"FLUSH": "1"}], ids=["", "flushing itself"])
def test_with_a_server_that_never_answers_the_process_ends_within_two_seconds_more(
    without: Ran, before_the_end: dict[str, str]
) -> None:
    with otlp_receiver() as receiver:
        receiver.silent = True
        soonest(
            lambda: run(FAKE_TOKEN, receiver.base_url, also=before_the_end),
            lambda ran: does_not_wait(ran, without),
        )


def test_an_address_that_makes_no_sense_leaves_telemetry_off() -> None:
    ran = run(FAKE_TOKEN, "nonsense://[")
    assert "Telemetry stays off: Invalid IPv6 URL" in ran.stderr


def test_any_otlp_backend_is_served_by_the_standard_variable() -> None:
    with otlp_receiver() as receiver:
        run(None, None, also={"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.base_url})
        assert sum(span.name == "delivery" for span in receiver.spans) == 50
        assert "handoff_validations_total" in {point.metric for point in receiver.points}
