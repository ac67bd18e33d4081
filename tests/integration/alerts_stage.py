"""Rows that let each alert fire, and much traffic that lets none."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from telemetry.alerts import all_alerts
from tests.integration.operations_stage import OperationsStage
from tests.process_logs import Logs, watched

NAMES = [alert.name for alert in all_alerts()]


@contextmanager
def watched_stage(
    database_url: str, environment: Mapping[str, str], folder: Path
) -> Iterator[OperationsStage]:
    """A database with records; what a watcher says is in the stage's log."""
    kept = {**environment, "LOCAL_RECORDS": "true"}
    logs = Logs(folder)
    watched.append(logs)
    stage = OperationsStage(database_url, kept, log=folder / "watcher.log")
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


def wrong_passwords(
    stage: OperationsStage, number: int, *, exports: int = 1, age: str = "1 minute"
) -> None:
    """So many as one export of a process brings, and as often."""
    stage.connection.execute(
        "SELECT telemetry.make_day(current_date - n) FROM generate_series(0, 1) n"
    )
    stage.connection.execute(
        "INSERT INTO telemetry.metric (recorded_timestamp, metric_name, metric_type, unit,"
        " attributes, scalar_value, otel_resource_attributes, service_name)"
        " SELECT now() - %s::interval, 'wrong_passwords_total', 'sum', '1',"
        " '{\"route\": \"/console\"}', %s, '{}', 'textcrew-web' FROM generate_series(1, %s)",
        [age, number, exports],
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
    ("wrong_passwords", lambda s: wrong_passwords(s, 3, exports=4)),
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
