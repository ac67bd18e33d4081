"""The alerts in Logfire's dialect, as they are, on records of Logfire's own columns."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import psycopg
import pytest

from telemetry.alerts import Alert, all_alerts

FOLDER = files("telemetry.alerts") / "logfire"


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT telemetry.make_day(current_date - n) FROM generate_series(0, 2) n"
        )
        yield connection


def record(
    connection: psycopg.Connection,
    name: str,
    *,
    count: int = 1,
    age: str = "1 minute",
    seconds: float = 1.0,
    status: str = "OK",
    kind: str = "span",
    metric: int | None = None,
    **attributes: Any,
) -> None:
    if metric is not None:
        connection.execute(
            "INSERT INTO telemetry.metric (recorded_timestamp, metric_name, metric_type, unit,"
            " attributes, scalar_value, otel_resource_attributes, service_name)"
            " VALUES (now() - %s::interval, %s, 'sum', '1', '{\"route\": \"/console\"}', %s, '{}',"
            " 'textcrew-web')",
            [age, name, metric],
        )
        return
    connection.execute(
        "INSERT INTO telemetry.record (start_timestamp, end_timestamp, duration, level, kind,"
        " span_name, message, trace_id, span_id, is_exception, attributes, otel_status_code,"
        " otel_resource_attributes, service_name)"
        " SELECT now() - %s::interval, now(), %s, 'info', %s, %s, %s, 't', 's', false, %s, %s,"
        " '{}', 'textcrew-worker' FROM generate_series(1, %s)",
        [age, seconds, kind, name, name, json.dumps(attributes), status, count],
    )


BEYOND: dict[str, list[dict[str, Any]]] = {
    "agent_tokens": [
        {"name": "token_usage", "agent_id": "qa_v1_a", "total_tokens": 75_001},
        {"name": "token_usage", "agent_id": "qa_v1_a", "total_tokens": 75_001, "age": "6 minutes"},
    ],
    "cost_per_hour": [{"name": "token_usage", "operation.cost": 5.01, "count": 2}],
    "daily_budget": [
        {"name": "token_usage", "operation.cost": 90.1, "count": 2, "age": "0 seconds"}
    ],
    "error_rate": [
        {"name": "delivery", "count": 17},
        {"name": "workflow:full_build", "status": "ERROR", "age": "12 minutes"},
    ],
    "paused": [{"name": "the intake is paused by an operator since 16 minutes", "kind": "log"}],
    "slow_operations": [{"name": "execute_tool check_app", "seconds": 30.1}],
    "stalled_builds": [{"name": "build 7 showed no sign of life for 2400 s"}],
    "stuck_requests": [{"name": "user_request", "kind": "pending_span", "age": "16 minutes"}],
    "wrong_passwords": [{"name": "wrong_passwords_total", "metric": 11}],
    "undelivered_messages": [{"name": "delivery", "delivery_status": "failed"}],
}
WITHIN: list[dict[str, Any]] = [
    {"name": "token_usage", "agent_id": "qa_v1_a", "total_tokens": 74_999, "count": 2},
    {"name": "token_usage", "agent_id": "qa_v2_b", "total_tokens": 9_999, "operation.cost": 9.9},
    {"name": "token_usage", "total_tokens": 9_999, "operation.cost": 30, "age": "2 hours"},
    *(
        {"name": "token_usage", "request_id": str(number), "total_tokens": 9_999}
        for number in range(20)
    ),
    {"name": "delivery", "delivery_status": "delivered", "seconds": 29.9, "count": 40},
    {"name": "delivery", "status": "ERROR", "count": 2},
    {"name": "workflow:full_build", "seconds": 900},
    {"name": "token_usage", "agent_id": "qa_v1_a", "total_tokens": 0, "seconds": 290},
    {"name": "user_request", "kind": "pending_span", "age": "31 minutes"},
    {"name": "user_request", "age": "31 minutes"},
    {"name": "wrong_passwords_total", "metric": 10},
    {"name": "wrong_passwords_total", "metric": 90, "age": "11 minutes"},
]


def fires(connection: psycopg.Connection, name: str) -> bool:
    query = (FOLDER / f"{name}.sql").read_text("utf-8")
    return bool(connection.execute(query.encode()).fetchall())


def test_each_alert_is_there_for_logfire_too() -> None:
    assert BEYOND.keys() == {alert.name for alert in all_alerts()}


@pytest.mark.parametrize("alert", all_alerts(), ids=lambda alert: alert.name)
def test_it_has_the_same_threshold_and_window_as_ours(alert: Alert) -> None:
    text = (FOLDER / f"{alert.name}.sql").read_text("utf-8")
    ours = (files("telemetry.alerts") / f"{alert.name}.sql").read_text("utf-8")

    for line in ("title", "threshold", "window"):
        (said,) = [one for one in ours.splitlines() if one.startswith(f"-- {line}: ")]
        assert said in text.splitlines()
    body = "\n".join(one for one in text.splitlines() if not one.startswith("-- "))
    window = ours.split("-- window: ")[1].splitlines()[0]
    assert f"interval '{window}'" in body
    if alert.name not in WITHOUT_THRESHOLD:
        assert f"{alert.threshold:g}" in body


WITHOUT_THRESHOLD = {"paused", "stalled_builds", "undelivered_messages"}
"""What they count is told by one record, which is there or not."""


@pytest.mark.lengthy
@pytest.mark.parametrize("name", BEYOND)
def test_beyond_its_threshold_it_fires_and_below_not(
    connection: psycopg.Connection, name: str
) -> None:
    for known in WITHIN:
        record(connection, **known)
    assert not fires(connection, name)

    connection.execute("DELETE FROM telemetry.record; DELETE FROM telemetry.metric")
    for known in BEYOND[name]:
        record(connection, **known)
    assert fires(connection, name)


@pytest.mark.lengthy
def test_what_was_spent_before_the_day_began_is_not_of_its_budget(
    connection: psycopg.Connection,
) -> None:
    (since_midnight,) = connection.execute(
        "SELECT (now() AT TIME ZONE 'UTC')::time::interval + interval '1 second'"
    ).fetchone() or [None]
    yesterday: dict[str, Any] = {"age": str(since_midnight), "operation.cost": 190}
    record(connection, "token_usage", **yesterday)
    assert not fires(connection, "daily_budget")

    today: dict[str, Any] = {"age": "0 seconds", "operation.cost": 181}
    record(connection, "token_usage", **today)
    assert fires(connection, "daily_budget")


def test_while_something_is_paused_no_request_is_said_to_be_stuck(
    connection: psycopg.Connection,
) -> None:
    for name in ("stuck_requests", "paused"):
        for known in BEYOND[name]:
            record(connection, **known)

    assert fires(connection, "paused")
    assert not fires(connection, "stuck_requests")
