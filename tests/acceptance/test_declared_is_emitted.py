"""Every span, event and metric that `telemetry` declares comes from the real entry point.

One scripted afternoon on the whole system: a build whose agents fill up their context, another one
in which a model call breaks once, a change to it, a spoken question. Then a test for each row of
the tables.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, get_args, get_type_hints
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from telemetry import events, metrics, root, spans, tool_spans
from tests.acceptance.stack import Stack, announced, eventually
from tests.mcp_server import over_stdio
from tests.otlp_receiver import OtlpReceiver, ReceivedSpan, otlp_receiver
from tests.voice_notes import ScriptedEars, scripted_transcriber, settings_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("afternoon")]

BOUND = {"user_id", "request_id", "conversation_id"}
ANY = object()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the design's table. `declared` is the function or name in `telemetry`.

    `parents` are names, one of which the span is below; `attributes` are required, with these
    values unless they are ANY.
    """

    declared: str
    name: str
    message: str | None = None
    parents: set[str | None]
    attributes: Mapping[str, object] = field(default_factory=dict)


def any_of(*names: str) -> dict[str, object]:
    return dict.fromkeys(names, ANY)


SPANS = [
    Row(
        declared="trace_user_request",
        name="user_request",
        parents={None},
        attributes={
            **any_of("user_id", "request_length", "request_cost_usd", "project_id"),
            "platform": "whatsapp",
            "request_type": "build",
            "request_status": "completed",
        },
    ),
    *(
        Row(
            declared="trace_workflow",
            name=f"workflow:{workflow}",
            message=f"workflow:{workflow}",
            parents={"user_request"},
            attributes={
                **any_of("agents_needed", "estimated_complexity", "estimated_steps"),
                "workflow_type": workflow,
                "ai_reasoning": "withheld",
            },
        )
        for workflow in ("full_build", "bug_fix")
    ),
    Row(
        declared="trace_periodic_task",
        name="periodic_task",
        message="periodic_task:forget",
        parents={None},
        attributes={"task_name": "forget", "things_done": 1},
    ),
    Row(
        declared="trace_agent_lifecycle",
        name="agent_lifecycle",
        message="agent_lifecycle:designer_v1",
        parents={"workflow:full_build"},
        attributes={
            **any_of("agent_id"),
            "agent_type": "designer",
            "version": 1,
            "state": "TERMINATED",
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "designer",
            **any_of("gen_ai.agent.id", "gen_ai.conversation.id", "session_id"),
        },
    ),
    Row(
        declared="trace_agent_spawn",
        name="agent_spawn",
        parents={"user_request"},
        attributes={
            **any_of("agent_id"),
            "agent_type": "orchestrator",
            "version": 1,
            "continuation_mode": "fresh",
        },
    ),
    Row(
        declared="trace_agent_spawn",
        name="agent_spawn",
        parents={"agent_handoff"},
        attributes={
            **any_of("agent_id", "handoff_id", "predecessor_agent_id"),
            "agent_type": "frontend",
            "version": 2,
            "continuation_mode": "handoff",
        },
    ),
    Row(
        declared="trace_agent_task_execution",
        name="agent_task_execution",
        message="agent_task_execution:implement",
        parents={"agent_lifecycle"},
        attributes={
            **any_of("agent_id"),
            "agent_type": "frontend",
            "task_type": "implement",
            "task_description": "Write or change the files so that the app does what the user"
            " asked for.",
        },
    ),
    Row(
        declared="Research & Planning Phase",
        name="Research & Planning Phase",
        parents={"agent_task_execution"},
        attributes=any_of("research_topics_count", "plan_components_count"),
    ),
    Row(
        declared="Execution Phase",
        name="Execution Phase",
        parents={"agent_task_execution"},
        attributes={
            "execution_type": "design",
            "execution_completed": True,
            "result_keys_count": 12,
        },
    ),
    Row(
        declared="trace_token_usage",
        name="token_usage",
        message="token_usage:send_message",
        parents={"Execution Phase"},
        attributes={
            **any_of("agent_id", "input_tokens", "output_tokens", "cache_creation_tokens"),
            **any_of("cache_read_tokens", "total_tokens", "usage_percentage", "operation.cost"),
            **any_of("remaining_tokens", "gen_ai.usage.total_tokens", "gen_ai.conversation.id"),
            "agent_type": "frontend",
            "gen_ai.agent.name": "frontend",
            "operation_name": "send_message",
            "threshold_status": "OK",
        },
    ),
    Row(
        declared="trace_token_usage",
        name="token_usage",
        message="token_usage:route",
        parents={"user_request"},
        attributes={**any_of("total_tokens", "operation.cost"), "agent_type": "router"},
    ),
    Row(
        declared="trace_transcription",
        name="transcribe",
        parents={"user_request"},
        attributes={
            **any_of("audio_bytes", "total_tokens"),
            "agent_type": "transcriber",
            "operation_name": "transcribe",
            "model": "whisper-1",
            "audio_seconds": 2.0,
            "transcription_status": "clear",
            "operation.cost": 0.0002,
        },
    ),
    *(
        Row(
            declared="trace_threshold_event",
            name=f"agent_threshold:{threshold}",
            message=f"agent_threshold:{threshold}",
            parents={"token_usage", "Execution Phase"},
            attributes={
                **any_of("token_usage", "usage_percentage", "tokens_remaining", "action_taken"),
                **any_of("agent_id", "agent_type"),
                "threshold_type": threshold,
            },
        )
        for threshold in ("warning", "critical")
    ),
    Row(
        declared="trace_agent_handoff",
        name="agent_handoff",
        parents={"Execution Phase"},
        attributes={
            **any_of("source_agent_id", "target_agent_id", "handoff_id", "trace_id"),
            **any_of("completion_percentage", "tokens_used"),
            "agent_type": "frontend",
            "termination_reason": "context_window_exhausted",
        },
    ),
    *(
        Row(
            declared="trace_agent_brief",
            name="agent_brief",
            message=f"agent_brief:{target}",
            parents={"Execution Phase"},
            attributes={
                **any_of("source_agent_id", "target_agent_id", "handoff_id", "trace_id"),
                **any_of("tokens_used"),
                "agent_type": source,
                "target_agent_type": target,
            },
        )
        for source, target in (
            ("orchestrator", "designer"),
            ("designer", "frontend"),
            ("frontend", "devops"),
        )
    ),
    Row(
        declared="trace_handoff_document",
        name="handoff_document",
        parents={"agent_handoff"},
        attributes=any_of(
            "handoff_id",
            "document_size_kb",
            "categories_included",
            "decisions_count",
            "todos_count",
            "errors_count",
        ),
    ),
    Row(
        declared="trace_database_operation",
        name="database_save:agent_handoff",
        parents={"agent_handoff"},
        attributes={
            **any_of("record_id", "data_size_kb"),
            "agent_type": "frontend",
            "table_name": "agent_handoff",
            "operation": "save",
            "db_status": "ok",
        },
    ),
    Row(
        declared="trace_phase_transition",
        name="phase_transition",
        parents={"workflow:full_build"},
        attributes={
            **any_of("reason", "phase_duration_seconds", "completion_percentage"),
            "from_phase": "design",
            "to_phase": "implementation",
        },
    ),
    Row(
        declared="trace_mcp_tool",
        name="mcp_tool:deploy_site",
        parents={"Execution Phase"},
        attributes={
            **any_of("agent_id", "gen_ai.tool.call.id"),
            "tool_name": "deploy_site",
            "server": "hosting",
            "result_status": "ok",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "deploy_site",
            "gen_ai.tool.type": "extension",
        },
    ),
    Row(
        declared="trace_tool",
        name="execute_tool write_file",
        parents={"Research & Planning Phase", "Execution Phase"},
        attributes={
            **any_of("agent_id", "gen_ai.tool.call.id"),
            "agent_type": "frontend",
            "tool_name": "write_file",
            "result_status": "ok",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "write_file",
            "gen_ai.tool.type": "function",
        },
    ),
    Row(
        declared="trace_delivery",
        name="delivery",
        message="delivery:published",
        parents={"user_request"},
        attributes={"kind": "published", "part": 1, "parts": 1, "delivery_status": "delivered"},
    ),
]

EVENTS = [
    Row(
        declared="agent_research_completed",
        name="agent_research_completed",
        parents={"Research & Planning Phase"},
        attributes={
            **any_of("agent_id", "research_topics_count", "plan_components_count"),
            "agent_type": "frontend",
        },
    ),
    Row(
        declared="agent_spawned",
        name="agent_spawned",
        parents={"agent_spawn"},
        attributes={
            **any_of("agent_id", "agent_type", "version"),
            "continuation_mode": "handoff",
        },
    ),
    Row(
        declared="agent_terminated",
        name="agent_terminated",
        parents={"agent_handoff"},
        attributes={
            **any_of("agent_id", "version", "tokens_used", "total_tokens_used"),
            **any_of("lifetime_seconds"),
            "agent_type": "frontend",
            "termination_reason": "context_window_exhausted",
        },
    ),
    Row(
        declared="agent_terminated",
        name="agent_terminated",
        parents={"Execution Phase"},
        attributes={"agent_type": "devops", "termination_reason": "task_completed"},
    ),
    Row(
        declared="handoff_saved",
        name="handoff_saved",
        parents={"database_save:agent_handoff"},
        attributes={
            **any_of("handoff_id", "database_id", "source_agent_id", "data_size_kb"),
            "agent_type": "frontend",
        },
    ),
    Row(
        declared="round_judged",
        name="round_judged",
        parents={"workflow:full_build"},
        attributes={"round": 1, "outcome": "untried", "blocking": 0},
    ),
    Row(
        declared="state_transition",
        name="state_transition",
        parents={"token_usage"},
        attributes={
            **any_of("agent_id", "agent_type"),
            "from_state": "INITIALIZING",
            "to_state": "ACTIVE",
        },
    ),
]

METRICS: dict[str, dict[str, object]] = {
    "requests_refused_total": {"route": "/metrics", "status": "401"},
    "wrong_passwords_total": {"route": "/metrics"},
    "agent_invocations_total": {"agent_type": "designer", "outcome": "completed"},
    "agent_invocation_duration_seconds": {"agent_type": "frontend", "outcome": "completed"},
    "handoff_validations_total": {"outcome": "passed"},
    "supervisor_tasks_total": {"task_type": "publish", "outcome": "completed"},
    "context_compilation_duration_seconds": {"agent_type": "orchestrator"},
    "agent_response_time": {"agent_type": "frontend", "model": ANY},
    "tokens_used": {"agent_type": "frontend", "model": ANY, "token_type": "output"},
    "gen_ai.client.token.usage": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": ANY,
        "gen_ai.token.type": "input",
    },
    "request_cost_usd": {"request_type": "build"},
    "state_transitions": {
        "agent_type": "frontend",
        "from_state": "HANDOFF_PENDING",
        "to_state": "HANDOFF_COMPLETE",
    },
}


@dataclass(frozen=True, kw_only=True)
class Afternoon:
    """What the scenario has left."""

    receiver: OtlpReceiver
    requests: list[dict[str, Any]]
    ledger: Decimal
    records: Decimal
    scraped: str


@pytest.fixture(scope="module")
def afternoon(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Afternoon]:
    folder = tmp_path_factory.mktemp("logs")
    with otlp_receiver() as receiver:
        reporting = receiver.environment()
        small = Stack(shared_database_url, folder, WORKING_BUDGET_TOKENS="8000", **reporting)
        try:
            build_in_small_windows(small.start())
        finally:
            small.stop()
        (folder / "mcp.json").write_text(
            json.dumps({"mcpServers": {"hosting": over_stdio(folder, tools=["deploy_site"])}})
        )
        with scripted_transcriber() as (transcriber, ears):
            reporting |= settings_of(transcriber)
            mcp = str(folder / "mcp.json")
            stack = Stack(shared_database_url, folder, MCP_CONFIG=mcp, **reporting)
            try:
                yield build_and_change(stack.start(), ears, receiver)
            finally:
                stack.stop()


def build_in_small_windows(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    phone.wait_for(announced, 90)
    all_are_closed(stack)


def build_and_change(stack: Stack, ears: ScriptedEars, receiver: OtlpReceiver) -> Afternoon:
    with pytest.raises(HTTPError, match="401"):
        open_metrics(stack, token="not-the-operators")
    stack.fail_model("overloaded_mid_stream", "designer")
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    first = phone.wait_for(announced, 90)
    phone.say("Change the title to Groceries")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 90, after=first.position)
    phone.send_file(ears.note("status"), "audio/ogg")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30, after=second.position)
    all_are_closed(stack)
    leave(stack)
    receiver.wait_for(
        lambda: any(span.name == "periodic_task" for span in receiver.spans), within=90
    )
    scraped = eventually(lambda: scrape(stack), "all metrics can be scraped", seconds=90)
    stack.disturb().stop()  # what is buffered is sent
    (ledger,) = stack.rows("SELECT sum(cost_usd) AS cost FROM model_call")
    (records,) = stack.rows(
        "SELECT sum((attributes ->> 'operation.cost')::numeric) AS cost FROM records"
        " WHERE span_name IN ('token_usage', 'transcribe')"
    )
    return Afternoon(
        receiver=receiver,
        requests=stack.rows("SELECT * FROM request ORDER BY accepted_at"),
        ledger=ledger["cost"],
        records=records["cost"],
        scraped=scraped,
    )


def leave(stack: Stack) -> None:
    """Give a periodic task something to do: a user who is to be forgotten."""
    phone = stack.phone("+15557651111")
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30)
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 30)


def all_are_closed(stack: Stack) -> None:
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"),
        "all requests are closed",
    )


def scrape(stack: Stack) -> str:
    """What Prometheus reads, once the numbers of all processes are in it, else nothing."""
    text = open_metrics(stack, token=stack.environment["OPERATOR_TOKEN"])
    last_of_each = ('request_cost_usd_count{request_type="command"}', "wrong_passwords_total")
    return text if all(name in text for name in last_of_each) else ""


def open_metrics(stack: Stack, *, token: str) -> str:
    request = Request(f"{stack.public_url}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request) as answer:
        text: str = answer.read().decode()
    return text


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


ONLY_IN_A_BROWSER = {"looks_judged", "trace_browser_check"}
"""An app is tried, and its pictures are judged, where there is a browser: see `test_looks`."""

ONLY_IN_TROUBLE = {"records_lost_total"}
"""Counted when the record store loses something, which its own tests bring about."""


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
