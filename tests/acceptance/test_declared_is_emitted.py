"""Every span, event and metric that `telemetry` declares comes from the real entry point.

One afternoon on the whole system, and then a test for each row of the tables.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import get_args, get_type_hints

import pytest

from telemetry import events, metrics, root, spans, tool_spans
from tests.acceptance.declared_telemetry import (
    ANY,
    BOUND,
    EVENTS,
    METRICS,
    ONLY_IN_A_BROWSER,
    ONLY_IN_TROUBLE,
    SPANS,
    Row,
)
from tests.acceptance.scripted_afternoon import Afternoon, scripted_afternoon
from tests.otlp_receiver import ReceivedSpan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("afternoon")]


@pytest.fixture(scope="module")
def afternoon(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Afternoon]:
    with scripted_afternoon(shared_database_url, tmp_path_factory.mktemp("logs")) as afternoon:
        yield afternoon


def found(afternoon: Afternoon, row: Row, among: list[ReceivedSpan]) -> list[ReceivedSpan]:
    """What has come in for a row, at the right place and with all that it must tell."""
    names = {span.span_id: span.name for span in afternoon.receiver.spans}
    return [
        span
        for span in among
        if span.name == row.name
        and (row.message is None or span.message == row.message)
        and (names.get(span.parent_span_id) if span.parent_span_id else None) in row.parents
        and has(span.attributes, row.attributes)
    ]


def has(known: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    return all(
        name in known and (value is ANY or known[name] == value) for name, value in wanted.items()
    )


def label(row: Row) -> str:
    return row.message or row.name


@pytest.mark.parametrize("row", SPANS, ids=label)
def test_the_span_is_emitted(afternoon: Afternoon, row: Row) -> None:
    arrived = found(afternoon, row, afternoon.receiver.spans)

    assert arrived, [
        (span.message, span.parent_span_id, dict(span.attributes))
        for span in afternoon.receiver.spans
        if span.name == row.name
    ]
    assert {span.status for span in arrived} == {"OK"}
    if None not in row.parents:
        assert all(span.attributes.keys() >= BOUND for span in arrived)


@pytest.mark.parametrize("row", EVENTS, ids=label)
def test_the_event_is_emitted(afternoon: Afternoon, row: Row) -> None:
    arrived = found(afternoon, row, afternoon.receiver.events)

    assert arrived, [dict(e.attributes) for e in afternoon.receiver.events if e.name == row.name]
    assert all(event.attributes.keys() >= BOUND for event in arrived)


@pytest.mark.parametrize("name", METRICS)
def test_the_metric_is_recorded(afternoon: Afternoon, name: str) -> None:
    points = [point for point in afternoon.receiver.points if point.metric == name]

    matching = [point for point in points if has(point.attributes, METRICS[name])]
    assert matching, points
    assert all(point.attributes.keys() == METRICS[name].keys() for point in points)
    assert all(point.value > 0 for point in matching)


@pytest.mark.parametrize("name", METRICS)
def test_prometheus_reads_the_metric(afternoon: Afternoon, name: str) -> None:
    declared, shown = metrics.DECLARED[name], name.replace(".", "_")

    assert f"# TYPE {shown} {declared.kind}\n" in afternoon.scraped
    sample = shown if declared.kind == "counter" else f"{shown}_count"
    wanted = [
        f'{key.replace(".", "_")}="{value}"'
        for key, value in METRICS[name].items()
        if value is not ANY
    ]
    assert any(
        line.startswith(f"{sample}{{") and all(pair in line for pair in wanted)
        for line in afternoon.scraped.splitlines()
    )


def test_nothing_is_declared_and_missing_in_these_tables() -> None:
    phases = set(get_args(get_type_hints(spans.trace_operation)["name"]))
    functions = {
        name
        for module in (spans, tool_spans, root)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("trace_")
    }
    told = {
        name
        for name, function in inspect.getmembers(events, inspect.isfunction)
        if function.__module__ == events.__name__ and not name.startswith("_")
    }

    assert {row.declared for row in SPANS} == functions - {
        "trace_operation"
    } - ONLY_IN_A_BROWSER | phases
    assert {row.declared for row in EVENTS} == told - ONLY_IN_A_BROWSER
    assert METRICS.keys() == metrics.DECLARED.keys() - ONLY_IN_TROUBLE


def test_a_trace_is_six_levels_deep(afternoon: Afternoon) -> None:
    spans_by_id = {span.span_id: span for span in afternoon.receiver.spans}

    def path(span: ReceivedSpan) -> list[str]:
        above = spans_by_id.get(span.parent_span_id or "")
        return [*(path(above) if above else []), span.name]

    paths = [path(span) for span in spans_by_id.values()]

    expected = ["user_request", "workflow:full_build", "agent_lifecycle", "agent_task_execution"]
    assert any(names[:5] == [*expected, "Execution Phase"] and len(names) >= 6 for names in paths)


def test_no_span_is_an_orphan(afternoon: Afternoon) -> None:
    ended = {span.span_id for span in afternoon.receiver.everything if span.kind != "pending_span"}

    orphans = [
        span.name
        for span in (*afternoon.receiver.spans, *afternoon.receiver.events)
        if span.parent_span_id and span.parent_span_id not in ended
    ]

    assert orphans == []


def test_a_change_is_linked_to_the_build_it_changes(afternoon: Afternoon) -> None:
    _, built, changed, asked = afternoon.requests
    roots = {
        span.trace_id: span for span in afternoon.receiver.spans if span.name == "user_request"
    }

    change = roots[changed["trace_id"]]
    assert change.links == [(built["trace_id"], built["span_id"])]
    assert change.attributes["continues_request_id"] == str(built["request_id"])
    for alone in (built, asked):
        assert roots[alone["trace_id"]].links == []
        assert "continues_request_id" not in roots[alone["trace_id"]].attributes


def test_spans_records_and_ledger_agree_on_the_cost(afternoon: Afternoon) -> None:
    told = sum(
        Decimal(str(span.attributes["operation.cost"]))
        for span in afternoon.receiver.spans
        if span.name in {"token_usage", "transcribe"} and "operation.cost" in span.attributes
    )

    assert afternoon.ledger > 0
    assert round(told, 6) == round(afternoon.records, 6) == round(afternoon.ledger, 6)


def test_an_agents_needed_list_is_json(afternoon: Afternoon) -> None:
    for span in afternoon.receiver.spans:
        if span.name == "workflow:full_build":
            crew = json.loads(str(span.attributes["agents_needed"]))
            assert crew == ["designer", "frontend", "qa", "code_reviewer", "devops"]
