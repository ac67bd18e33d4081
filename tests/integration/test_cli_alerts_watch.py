"""`textcrew alerts --watch`: each change is told once over each channel, whatever fails."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.alerts.notifier import list_told
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone
from bot.sandbox.twilio.server import FakeTwilio
from bot.settings.groups import Settings
from tests.acceptance.stack import eventually
from tests.databases import refuse_writes
from tests.forked_program import ForkedProgram
from tests.integration.alerts_stage import (
    BEYOND,
    Act,
    spans,
    watched_stage,
)
from tests.integration.operations_stage import OperationsStage

pytestmark = pytest.mark.slow  # it starts processes


OPERATOR = "whatsapp:+15550001111"


@pytest.fixture
def stage(
    database_url: str, settings_environment: Mapping[str, str], tmp_path: Path
) -> Iterator[OperationsStage]:
    with watched_stage(database_url, settings_environment, tmp_path) as stage:
        yield stage


@pytest.fixture
def twilio(settings: Settings) -> Iterator[FakeTwilio]:
    twilio = FakeTwilio(
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
        whatsapp_from=settings.twilio.whatsapp_from,
        webhook_url="http://127.0.0.1:1/webhooks/whatsapp",
    )
    twilio.start()
    yield twilio
    twilio.stop()


@contextmanager
def webhook(*, refusals: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address that takes notices, all but the first ones, and those it took."""
    taken: list[dict[str, Any]] = []
    refused = iter(range(refusals))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notice = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if next(refused, None) is None:
                taken.append(notice)
                self.send_response(204)
            else:
                self.send_response(500)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/alerts", taken
    server.shutdown()
    server.server_close()


@contextmanager
def watching(stage: OperationsStage, **environment: str) -> Iterator[None]:
    """While `textcrew alerts --watch` runs."""
    watcher = watch(stage, **environment)
    try:
        yield
    finally:
        watcher.kill()
        watcher.wait()


def watch(stage: OperationsStage, **environment: str) -> ForkedProgram:
    return stage.start("alerts", "--watch", "--every", "1s", **environment)


def test_a_watcher_says_what_it_cannot_see_and_watches_the_others(stage: OperationsStage) -> None:
    spans(stage, 1, name="delivery", seconds=1, status="ERROR")
    stage.message(stage.request(), "failed", age="1 minute")

    with webhook() as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url, LOCAL_RECORDS="false"):
        eventually(lambda: taken, "the alert was told")
    told = stage.log.read_text()

    assert [notice["alert"] for notice in taken] == ["undelivered_messages"]
    assert told.count("The alert error_rate is blind: No records are kept here") == 1


def test_firing_and_recovery_are_told_once_over_restarts_and_by_two_watchers(
    stage: OperationsStage,
) -> None:
    with webhook() as (url, taken):
        watchers = [watch(stage, ALERT_WEBHOOK_URL=url) for _ in range(2)]
        stage.call(stage.request(), cost="12")
        eventually(lambda: taken, "the alert was told")
        eventually(
            lambda: stage.connection.execute("SELECT name FROM alert_told").fetchone(),
            "it is noted that it was",
        )
        for watcher in watchers:
            watcher.kill()
            watcher.wait()
        watchers = [watch(stage, ALERT_WEBHOOK_URL=url)]
        stage.message(stage.request(), "failed", age="1 minute")
        eventually(lambda: len(taken) >= 2, "another alert was told after the restart")
        stage.connection.execute("DELETE FROM model_call")
        eventually(lambda: len(taken) >= 3, "the recovery was told")
        eventually(
            lambda: (
                {
                    name: one.recovered_at is not None
                    for name, one in list_told(stage.connection).items()
                }
                == {"cost_per_hour": True, "undelivered_messages": False}
            ),
            "it is noted when each has fired and recovered",
        )
        watchers[0].kill()
        watchers[0].wait()

    assert [(notice["alert"], notice["status"]) for notice in taken] == [
        ("cost_per_hour", "firing"),
        ("undelivered_messages", "firing"),
        ("cost_per_hour", "recovered"),
    ]
    assert taken[0]["text"].startswith("Model calls are expensive (over 10 USD):")


@pytest.mark.parametrize(("name", "act"), BEYOND)
def test_every_alert_is_told(stage: OperationsStage, name: str, act: Act) -> None:
    act(stage)

    wanted = {"TOTAL_DAILY_BUDGET_USD": "50"}
    with webhook() as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url, **wanted):
        told = eventually(lambda: [n for n in taken if n["alert"] == name], "it is told")

    assert told[0]["findings"]


def test_an_alert_that_cannot_be_evaluated_keeps_no_other_from_being_told(
    stage: OperationsStage,
) -> None:
    stage.connection.execute("ALTER TABLE model_call RENAME COLUMN cost_usd TO cost_eur")
    stage.message(stage.request(), "failed", age="1 minute")

    with webhook() as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url):
        eventually(lambda: taken, "the alert was told")

    assert taken[0]["alert"] == "undelivered_messages"


def test_an_operator_reads_of_it_on_whatsapp(stage: OperationsStage, twilio: FakeTwilio) -> None:
    stage.call(stage.request(), cost="12")

    with watching(stage, ALERT_WHATSAPP_TO=OPERATOR, TWILIO_BASE_URL=twilio.url):
        notice = Phone(twilio.url, OPERATOR).wait_for(lambda m: bool(m.body), 30)

    first, found, remedy = notice.body.splitlines()
    assert (first, found) == ("Model calls are expensive (over 10 USD):", "all requests: 12")
    assert remedy.startswith("To do: see whose requests cost it")


def test_what_is_found_fits_into_a_message_however_it_is_called(
    stage: OperationsStage, twilio: FakeTwilio
) -> None:
    """Another service's tool is called as it likes."""
    for number in range(5):
        spans(stage, 1, name=f"mcp_tool:{number}{'deploy ' * 60}", seconds=31, status="OK")

    with watching(stage, ALERT_WHATSAPP_TO=OPERATOR, TWILIO_BASE_URL=twilio.url):
        notice = Phone(twilio.url, OPERATOR).wait_for(lambda m: bool(m.body), 20)

    first, *found, remedy = notice.body.splitlines()
    assert first == "An operation is slow (over 30 seconds):"
    assert [line.startswith("mcp_tool:") and line.endswith(": 31") for line in found] == [True] * 5
    assert remedy.startswith("To do:")


def test_a_channel_that_fails_keeps_none_from_the_other_and_lets_it_repeat_nothing(
    stage: OperationsStage, twilio: FakeTwilio
) -> None:
    refused = TwilioFault(code=20003, times=3)
    both = {"ALERT_WHATSAPP_TO": OPERATOR, "TWILIO_BASE_URL": twilio.url}
    stage.call(stage.request(), cost="12")
    phone = Phone(twilio.url, OPERATOR)

    with webhook(refusals=3) as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url, **both):
        firing = phone.wait_for(lambda m: bool(m.body), 30)
        assert taken == []
        eventually(lambda: taken, "the webhook is told as well")
        twilio.broker.faults.add([refused])
        stage.connection.execute("DELETE FROM model_call")
        eventually(lambda: len(taken) > 1, "the webhook is told of the recovery")
        recovered = phone.wait_for(lambda m: m.body != firing.body, 30)

    assert [notice["status"] for notice in taken] == ["firing", "recovered"]
    assert [message.body for message in phone.messages()] == [firing.body, recovered.body]
    assert recovered.body == "Recovered: Model calls are expensive."


def test_a_channel_that_is_set_later_is_told_of_nothing_that_is_over(
    stage: OperationsStage, twilio: FakeTwilio
) -> None:
    told = "INSERT INTO alert_told_by (name, channel) VALUES (%s, 'whatsapp')"
    for name in ("cost_per_hour", "undelivered_messages"):
        stage.connection.execute("INSERT INTO alert_told (name) VALUES (%s)", [name])
        stage.connection.execute(told, [name])
    over = "SELECT count(*) = 0 FROM alert_told"

    with webhook() as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url):
        eventually(lambda: stage.connection.execute(over).fetchone() == (True,), "both are over")

    assert taken == []
    assert stage.connection.execute("SELECT FROM alert_told_by").fetchone() is None


def test_what_cannot_be_noted_is_not_told_again_and_again(
    stage: OperationsStage, database_url: str
) -> None:
    stage.call(stage.request(), cost="12")
    refuse_writes(database_url, refuse=True)

    with webhook() as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url):
        refusal = "cannot be evaluated or noted: cannot execute INSERT in a read-only transaction"
        eventually(lambda: stage.log.exists() and refusal in stage.log.read_text(), "it is said")
        assert taken == []
        refuse_writes(database_url, refuse=False)
        eventually(lambda: taken, "it is told at last")
