"""`textcrew alerts`: each fires beyond its threshold and not below; each change is told once."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.alerts.notifier import list_told
from bot.alerts.thresholds import alerts_of
from bot.errors import BudgetExhausted
from bot.model.budgets import BudgetLimits, reserved
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone
from bot.sandbox.twilio.server import FakeTwilio
from bot.settings.groups import Settings
from telemetry.alerts import Finding, all_alerts, find
from tests.acceptance.stack import eventually
from tests.budgets import settle
from tests.databases import refuse_writes
from tests.forked_program import ForkedProgram
from tests.integration.operations_stage import USER, OperationsStage
from tests.process_logs import Logs, watched
from tests.settings import changed

pytestmark = pytest.mark.slow  # it starts processes

Pool = AsyncConnectionPool[AsyncConnection]

OPERATOR = "whatsapp:+15550001111"
NAMES = [alert.name for alert in all_alerts()]


@pytest.fixture
def stage(
    database_url: str, settings_environment: Mapping[str, str], tmp_path: Path
) -> Iterator[OperationsStage]:
    kept = {**settings_environment, "LOCAL_RECORDS": "true"}
    logs = Logs(tmp_path)
    watched.append(logs)
    stage = OperationsStage(database_url, kept, log=tmp_path / "watcher.log")
    yield stage
    stage.connection.close()
    logs.is_complete = True


def spans(
    stage: OperationsStage,
    count: int,
    *,
    name: str,
    seconds: float,
    status: str,
    scope: str = "logfire",
    began: str = "1 minute",
) -> None:
    stage.connection.execute("SELECT telemetry.make_day(current_date)")
    stage.connection.execute("SELECT telemetry.make_day(current_date - 1)")
    stage.connection.execute(
        "INSERT INTO telemetry.record (start_timestamp, end_timestamp, duration, level, kind,"
        " span_name, message, trace_id, span_id, is_exception, attributes, otel_status_code,"
        " otel_resource_attributes, service_name, otel_scope_name)"
        " SELECT now() - %s::interval, now(), %s, 'info', 'span', %s, %s, 't', 's', false,"
        " '{}', %s, '{}', 'textcrew-worker', %s FROM generate_series(1, %s)",
        [began, seconds, name, name, status, scope, count],
    )


def wrong_passwords(stage: OperationsStage, number: int, *, age: str = "1 minute") -> None:
    """So many as one export of a process brings."""
    stage.connection.execute(
        "SELECT telemetry.make_day(current_date - n) FROM generate_series(0, 1) n"
    )
    stage.connection.execute(
        "INSERT INTO telemetry.metric (recorded_timestamp, metric_name, metric_type, unit,"
        " attributes, scalar_value, otel_resource_attributes, service_name)"
        " VALUES (now() - %s::interval, 'wrong_passwords_total', 'sum', '1',"
        " '{\"route\": \"/console\"}', %s, '{}', 'textcrew-web')",
        [age, number],
    )


def paused(stage: OperationsStage, age: str) -> None:
    stage.connection.execute(
        "INSERT INTO pause (what, since, operator, reason)"
        " VALUES ('sending', now() - %s::interval, 'kim', 'a storm')",
        [age],
    )


def budget_of_all(
    stage: OperationsStage, *, spent: str, reserved: str = "0", days_ago: int = 0
) -> None:
    """What the budget of all holds, whether or not the ledger still knows the calls."""
    stage.connection.execute(
        "INSERT INTO budget_account (account, spent, reserved)"
        " VALUES ('total:' || (now() AT TIME ZONE 'UTC')::date - %s, %s, %s)",
        [days_ago, spent, reserved],
    )


def many_readings(stage: OperationsStage) -> None:
    """Calls of no agent, for messages of one request each."""
    for _ in range(20):
        stage.call(stage.request(closed=True), cost="0.001", tokens=9_999)


Act = Callable[[OperationsStage], object]

BEYOND: list[tuple[str, Act]] = [
    ("agent_tokens", lambda s: s.call(s.request(), cost="0.1", agent_id="qa_v1_a", tokens=150_001)),
    ("agent_tokens", lambda s: s.call(s.request(), cost="0.1", tokens=150_001)),
    ("cost_per_hour", lambda s: s.call(s.request(), cost="10.01")),
    ("daily_budget", lambda s: budget_of_all(s, spent="180.01")),
    ("daily_budget", lambda s: budget_of_all(s, spent="120", reserved="60.01")),
    ("error_rate", lambda s: spans(s, 1, name="delivery", seconds=1, status="ERROR")),
    (
        "error_rate",
        lambda s: spans(
            s, 1, name="workflow:bug_fix", seconds=720, status="ERROR", began="12 minutes"
        ),
    ),
    ("paused", lambda s: paused(s, "16 minutes")),
    (
        "slow_operations",
        lambda s: spans(s, 1, name="execute_tool check_app", seconds=31, status="OK"),
    ),
    ("stalled_builds", lambda s: s.build(s.request(), stalled="1 minute")),
    ("stuck_requests", lambda s: s.request(age="16 minutes")),
    ("undelivered_messages", lambda s: s.message(s.request(), "failed", age="1 minute")),
    ("undelivered_messages", lambda s: s.message(s.request(), "queued", age="11 minutes")),
    ("wrong_passwords", lambda s: [wrong_passwords(s, 3) for _ in range(4)]),
]


def within(stage: OperationsStage) -> None:
    """Much traffic, none of it beyond a threshold."""
    request = stage.request(age="14 minutes")
    stage.request(age="20 minutes", closed=True)
    stage.build(request)
    stage.build(stage.request(closed=True), stalled="2 minutes", status="completed")
    stage.call(request, cost="5", agent_id="qa_v1_a", tokens=9_999)
    stage.call(request, cost="4.9", agent_id="qa_v2_b", tokens=9_999)
    stage.call(request, cost=None, agent_id="qa_v1_a", tokens=9_999, age="6 minutes")
    stage.call(request, cost="30", age="2 hours")
    stage.call(request, cost="190", age="20 hours")
    many_readings(stage)
    budget_of_all(stage, spent="179.9")
    budget_of_all(stage, spent="199", days_ago=1)
    stage.message(request, "delivered", age="1 hour")
    stage.message(request, "queued", age="9 minutes")
    spans(stage, 100, name="delivery", seconds=29, status="OK")
    spans(stage, 5, name="delivery", seconds=1, status="ERROR")
    spans(stage, 1, name="workflow:full_build", seconds=900, status="OK")
    spans(stage, 1, name="delivery", seconds=900, status="OK")
    spans(stage, 1, name="token_usage", seconds=290, status="OK")
    spans(stage, 100, name="SELECT", seconds=0.1, status="ERROR", scope="textcrew.sql")
    paused(stage, "14 minutes")
    wrong_passwords(stage, 10)
    wrong_passwords(stage, 90, age="11 minutes")


def test_every_alert_is_shown_to_fire() -> None:
    assert sorted({name for name, _ in BEYOND}) == NAMES


def test_without_traffic_nothing_fires(stage: OperationsStage) -> None:
    shown = stage.run("alerts")

    assert shown.returncode == 0
    assert "FIRING" not in shown.stdout
    assert all(name in shown.stdout for name in NAMES)


def test_below_the_thresholds_nothing_fires(stage: OperationsStage) -> None:
    within(stage)

    assert stage.run("alerts").returncode == 0


@pytest.mark.parametrize(("name", "act"), BEYOND)
def test_beyond_its_threshold_an_alert_fires(stage: OperationsStage, name: str, act: Act) -> None:
    act(stage)

    firing = [alert.name for alert in all_alerts() if find(stage.connection, alert)]

    assert name in firing
    assert set(firing) <= {name, "agent_tokens" if name == "cost_per_hour" else name}


def test_an_agent_that_runs_wild_is_named_beside_what_all_users_messages_take(
    stage: OperationsStage,
) -> None:
    many_readings(stage)
    wild = stage.request()
    stage.call(wild, cost="0.1", agent_id="qa_v1_a", tokens=150_001)
    stage.call(wild, cost="0.1", tokens=150_002)

    (alert,) = [alert for alert in all_alerts() if alert.name == "agent_tokens"]
    assert find(stage.connection, alert) == [
        Finding(subject=f"reading of {wild}", value=150_002),
        Finding(subject="qa_v1_a", value=150_001),
    ]


def test_of_answers_that_a_pause_of_sending_keeps_the_pause_tells(stage: OperationsStage) -> None:
    for _ in range(2):
        stage.message(stage.request(age="20 minutes", answered=True), "queued", age="20 minutes")
    assert firing(stage, "stuck_requests", "paused") == {"stuck_requests": 2}

    paused(stage, "25 minutes")
    assert firing(stage, "stuck_requests", "paused") == {"paused": 1}

    stage.request(age="20 minutes")
    assert firing(stage, "stuck_requests", "paused") == {"stuck_requests": 1, "paused": 1}


def test_what_a_pause_has_kept_has_time_to_go_on_once_that_ends(stage: OperationsStage) -> None:
    late = "stuck_requests", "undelivered_messages"
    for what in ("intake", "sending"):
        assert stage.run("pause", what, "--reason", "a storm").returncode == 0
    stage.request(age="20 minutes")
    stage.message(stage.request(age="20 minutes", answered=True), "queued", age="20 minutes")
    for what in ("intake", "sending"):
        assert stage.run("resume", what).returncode == 0
    assert firing(stage, *late) == {}

    stage.connection.execute("UPDATE audit SET at = at - interval '16 minutes'")
    assert firing(stage, *late) == {"stuck_requests": 2, "undelivered_messages": 1}


def test_a_build_that_waits_for_its_user_is_not_stuck_and_neither_is_what_waits_behind_it(
    stage: OperationsStage,
) -> None:
    asking, behind = stage.request(age="2 hours"), stage.request(age="1 hour")
    stage.build(asking)
    stage.connection.execute(
        "UPDATE request SET project_id = (SELECT project_id FROM build) WHERE request_id = ANY(%s)",
        [[asking, behind]],
    )
    assert firing(stage, "stuck_requests") == {"stuck_requests": 2}

    stage.connection.execute("UPDATE build SET waits_until = now() + interval '1 minute'")
    assert firing(stage, "stuck_requests") == {}

    stage.connection.execute("UPDATE build SET waits_until = now() - interval '16 minutes'")
    assert firing(stage, "stuck_requests") == {"stuck_requests": 2}

    stage.connection.execute(
        "INSERT INTO question (build_id, user_id, tool_use_id, position, question, options,"
        " default_answer, answer, answered_at)"
        " SELECT build_id, user_id, 'a', 1, '', '{}', '', 'red', now() FROM build"
    )
    stage.connection.execute("UPDATE build SET waits_until = NULL")
    assert firing(stage, "stuck_requests") == {}


def test_what_hangs_is_told_until_it_ends_however_long_that_takes(stage: OperationsStage) -> None:
    stage.build(stage.request(age="25 hours"), stalled="25 hours")
    both = "stalled_builds", "stuck_requests"
    assert firing(stage, *both) == dict.fromkeys(both, 1)

    stage.connection.execute("UPDATE build SET status = 'failed'")
    stage.connection.execute("UPDATE request SET closed_at = now()")
    assert firing(stage, *both) == {}


def firing(stage: OperationsStage, *names: str) -> dict[str, int]:
    """How much each of these alerts finds, where it finds anything."""
    found = {a.name: len(find(stage.connection, a)) for a in all_alerts() if a.name in names}
    return {name: count for name, count in found.items() if count}


def test_the_days_budget_is_that_of_the_settings(
    stage: OperationsStage, settings: Settings
) -> None:
    budget_of_all(stage, spent="9.5")
    small = changed(settings, TOTAL_DAILY_BUDGET_USD=Decimal(10))

    for wanted, count in ((small, 1), (settings, 0)):
        (alert,) = [
            alert
            for alert in alerts_of(wanted.budgets, wanted.operators)
            if alert.name == "daily_budget"
        ]
        assert len(find(stage.connection, alert)) == count


@pytest.mark.anyio
async def test_a_days_budget_that_refuses_calls_is_told_also_when_its_calls_are_gone(
    stage: OperationsStage, pool: Pool
) -> None:
    """Ten times somebody spends all that they may, is forgotten, and begins anew."""
    (alert,) = [alert for alert in all_alerts() if alert.name == "daily_budget"]
    limits = BudgetLimits(request=Decimal(20), user_day=Decimal(20), total_day=Decimal(200))

    async def spend() -> None:
        request_id = stage.request()
        async with reserved(
            pool, limits, request_id=request_id, user_id=USER, amount=Decimal(20)
        ) as reservation:
            async with pool.connection() as connection:
                await settle(connection, reservation, Decimal(20))
            reservation.is_booked = True
        stage.call(request_id, cost=None)

    for _ in range(10):
        await spend()
        stage.connection.execute("SELECT forget_user(%s, %s)", [USER, stage.request()])
    with pytest.raises(BudgetExhausted, match="total_day"):
        await spend()

    assert find(stage.connection, alert) == [Finding(subject="all requests", value=200)]


def test_an_agents_tokens_are_watched_from_what_the_setting_says(
    stage: OperationsStage, settings: Settings
) -> None:
    stage.call(stage.request(), cost="0.1", agent_id="qa_v1_a", tokens=10_001)

    for wanted, states in (("10000", {"FIRING"}), ("150000", {"ok"})):
        shown = stage.run("alerts", "--json", ALERT_AGENT_TOKENS=wanted)
        found = [line for line in json.loads(shown.stdout) if line["alert"] == "agent_tokens"]
        assert {line["state"] for line in found} == states
        assert all("textcrew agents" in line["remedy"] for line in found)


def test_a_firing_alert_ends_the_command_with_1(stage: OperationsStage) -> None:
    stage.call(stage.request(), cost="10.5")

    shown = stage.run("alerts", "--json")

    assert shown.returncode == 1
    (firing,) = [alert for alert in json.loads(shown.stdout) if alert["findings"]]
    assert firing["alert"] == "cost_per_hour"
    assert firing["findings"] == [{"subject": "all requests", "value": 10.5}]


def test_an_alert_that_cannot_be_evaluated_is_blind_and_hides_no_other(
    stage: OperationsStage,
) -> None:
    stage.connection.execute("ALTER TABLE model_call RENAME COLUMN cost_usd TO cost_eur")
    stage.message(stage.request(), "failed", age="1 minute")

    shown = stage.run("alerts", "--json")

    alerts = {alert["alert"]: alert for alert in json.loads(shown.stdout)}
    assert list(alerts) == NAMES
    assert shown.returncode == 1
    assert alerts["undelivered_messages"]["state"] == "FIRING"
    assert alerts["stuck_requests"]["state"] == "ok"
    blind = alerts["cost_per_hour"]
    assert (blind["state"], blind["findings"]) == ("BLIND", [])
    assert blind["found"] == 'Its query cannot be run: column "cost_usd" does not exist.'
    assert "BLIND" in stage.run("alerts").stdout


def test_without_records_what_reads_them_is_blind_and_not_ok(stage: OperationsStage) -> None:
    shown = stage.run("alerts", "--json", LOCAL_RECORDS="false", ENABLE_LOGFIRE="true")

    blind = {a["alert"]: a["found"] for a in json.loads(shown.stdout) if a["state"] == "BLIND"}
    why = "No records are kept here, because LOCAL_RECORDS is false."
    assert blind == {"error_rate": why, "slow_operations": why, "wrong_passwords": why}
    assert shown.returncode == 1


def test_a_watcher_says_what_it_cannot_see_and_watches_the_others(stage: OperationsStage) -> None:
    spans(stage, 1, name="delivery", seconds=1, status="ERROR")
    stage.message(stage.request(), "failed", age="1 minute")

    with webhook() as (url, taken), watching(stage, ALERT_WEBHOOK_URL=url, LOCAL_RECORDS="false"):
        eventually(lambda: taken, "the alert was told")
    told = stage.log.read_text()

    assert [notice["alert"] for notice in taken] == ["undelivered_messages"]
    assert told.count("The alert error_rate is blind: No records are kept here") == 1


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


def test_an_operator_reads_of_it_on_whatsapp(stage: OperationsStage, twilio: FakeTwilio) -> None:
    stage.call(stage.request(), cost="12")

    with watching(stage, ALERT_WHATSAPP_TO=OPERATOR, TWILIO_BASE_URL=twilio.url):
        notice = Phone(twilio.url, OPERATOR).wait_for(lambda m: bool(m.body), 30)

    first, found, remedy = notice.body.splitlines()
    assert (first, found) == ("Model calls are expensive (over 10 USD):", "all requests: 12")
    assert remedy.startswith("To do: see whose requests cost it")


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


def test_watching_needs_somebody_to_tell(stage: OperationsStage) -> None:
    refused = stage.run("alerts", "--watch")

    assert refused.returncode == 1
    assert "ALERT_WEBHOOK_URL or ALERT_WHATSAPP_TO" in refused.stderr


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
