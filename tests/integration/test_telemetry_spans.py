"""Every span, event and metric, as it leaves the process through Logfire's own exporter."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import pytest
from logfire import LogfireSpan

import telemetry
from telemetry import events, metrics, spans, tracing
from telemetry.context import bound
from telemetry.root import attach, emit, mint_root, open_root, trace_user_request
from tests.otlp_receiver import OtlpReceiver, ReceivedSpan, receiver_of_this_process

IDS = {"user_id": "u" * 32, "request_id": "r-1", "project_id": "p-1", "conversation_id": "c-1"}


class State(StrEnum):
    ACTIVE = "ACTIVE"


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    receiver = receiver_of_this_process()
    telemetry.flush(60)
    receiver.clear()
    yield receiver
    receiver.clear()


def received(receiver: OtlpReceiver, name: str) -> ReceivedSpan:
    assert telemetry.flush(60)
    return receiver.span(name)


Opened = AbstractContextManager[LogfireSpan]

SPANS: list[tuple[Callable[[], Opened], str, str, dict[str, object]]] = [
    (
        lambda: spans.trace_workflow(
            workflow_type="full_build",
            agents_needed=["designer", "frontend"],
            ai_reasoning="They want a list of Ada's groceries",
            estimated_complexity="low",
            estimated_steps=4,
        ),
        "workflow:full_build",
        "workflow:full_build",
        {
            "workflow_type": "full_build",
            "agents_needed": '["designer","frontend"]',
            "ai_reasoning": "withheld",
            "estimated_complexity": "low",
            "estimated_steps": 4,
        },
    ),
    (
        lambda: spans.trace_agent_lifecycle(
            agent_id="designer_v1_abc", agent_type="designer", version=1, state=State.ACTIVE
        ),
        "agent_lifecycle",
        "agent_lifecycle:designer_v1",
        {
            "agent_id": "designer_v1_abc",
            "agent_type": "designer",
            "version": 1,
            "state": "ACTIVE",
        },
    ),
    (
        lambda: spans.trace_agent_spawn(
            agent_type="frontend",
            continuation_mode="handoff",
            handoff_id="h-1",
            predecessor_agent_id="frontend_v1_abc",
        ),
        "agent_spawn",
        "agent_spawn",
        {
            "agent_type": "frontend",
            "continuation_mode": "handoff",
            "handoff_id": "h-1",
            "predecessor_agent_id": "frontend_v1_abc",
        },
    ),
    (
        lambda: spans.trace_agent_task_execution(
            agent_id="designer_v1_abc",
            agent_type="designer",
            task_type="research_and_plan",
            task_description="Make the design specification",
        ),
        "agent_task_execution",
        "agent_task_execution:research_and_plan",
        {
            "agent_id": "designer_v1_abc",
            "agent_type": "designer",
            "task_type": "research_and_plan",
            "task_description": "Make the design specification",
        },
    ),
    (
        lambda: spans.trace_operation("Research & Planning Phase"),
        "Research & Planning Phase",
        "Research & Planning Phase",
        {},
    ),
    (
        lambda: spans.trace_operation("Execution Phase", execution_type="write_files"),
        "Execution Phase",
        "Execution Phase",
        {"execution_type": "write_files"},
    ),
    (
        lambda: spans.trace_threshold_event(
            agent_id="frontend_v1_abc123",
            agent_type="frontend",
            threshold_type="warning",
            token_usage=150_000,
            usage_percentage=75.0,
            tokens_remaining=50_000,
            action_taken="told to round off",
        ),
        "agent_threshold:warning",
        "agent_threshold:warning",
        {
            "agent_id": "frontend_v1_abc123",
            "agent_type": "frontend",
            "threshold_type": "warning",
            "token_usage": 150_000,
            "usage_percentage": 75.0,
            "tokens_remaining": 50_000,
            "action_taken": "told to round off",
        },
    ),
    (
        lambda: spans.trace_agent_handoff(
            source_agent_id="frontend_v1_abc",
            agent_type="frontend",
            target_agent_id="frontend_v2_def",
            handoff_id="h-1",
            trace_id="0" * 32,
            termination_reason="context_window_exhausted",
            completion_percentage=60.0,
            tokens_used=190_000,
        ),
        "agent_handoff",
        "agent_handoff",
        {
            "source_agent_id": "frontend_v1_abc",
            "target_agent_id": "frontend_v2_def",
            "handoff_id": "h-1",
            "trace_id": "0" * 32,
            "termination_reason": "context_window_exhausted",
            "completion_percentage": 60.0,
            "tokens_used": 190_000,
        },
    ),
    (
        lambda: spans.trace_database_operation(
            operation="save", table_name="agent_handoff", record_id="h-1", data_size_kb=12.5
        ),
        "database_save:agent_handoff",
        "database_save:agent_handoff",
        {
            "operation": "save",
            "table_name": "agent_handoff",
            "record_id": "h-1",
            "data_size_kb": 12.5,
            "db_status": "ok",
        },
    ),
    (
        lambda: spans.trace_phase_transition(
            from_phase="design",
            to_phase="implementation",
            reason="design stored",
            phase_duration_seconds=4.5,
            completion_percentage=40.0,
        ),
        "phase_transition",
        "phase_transition",
        {
            "from_phase": "design",
            "to_phase": "implementation",
            "reason": "design stored",
            "phase_duration_seconds": 4.5,
            "completion_percentage": 40.0,
        },
    ),
    (
        lambda: spans.trace_delivery(kind="progress", parts=2),
        "delivery",
        "delivery:progress",
        {"kind": "progress", "parts": 2},
    ),
]


@pytest.mark.parametrize(
    ("open_span", "name", "message", "attributes"), SPANS, ids=[name for _, name, _, _ in SPANS]
)
def test_a_span_carries_its_name_message_attributes_and_the_ids_of_the_request(
    receiver: OtlpReceiver,
    open_span: Callable[[], Opened],
    name: str,
    message: str,
    attributes: dict[str, object],
) -> None:
    with bound(**IDS), open_span():
        pass

    span = received(receiver, name)
    assert span.message == message
    assert span.status == "OK"
    assert attributes.items() <= span.attributes.items()
    assert IDS.items() <= span.attributes.items()


@pytest.mark.parametrize(
    ("open_span", "name"), [(row[0], row[1]) for row in SPANS], ids=[row[1] for row in SPANS]
)
def test_a_span_that_an_exception_leaves_ends_as_an_error_and_holds_it(
    receiver: OtlpReceiver, open_span: Callable[[], Opened], name: str
) -> None:
    with pytest.raises(RuntimeError), open_span():
        raise RuntimeError("the disk is full")

    span = received(receiver, name)
    assert (span.status, span.status_message) == ("ERROR", "RuntimeError: the disk is full")
    ((event, recorded),) = span.events
    assert event == "exception"
    assert recorded["exception.type"] == "RuntimeError"
    assert recorded["exception.message"] == "the disk is full"
    assert "test_telemetry_spans.py" in str(recorded["exception.stacktrace"])


def test_the_members_of_a_group_of_errors_are_recorded_with_their_causes(
    receiver: OtlpReceiver,
) -> None:
    async def fail() -> None:
        try:
            raise KeyError("colour")
        except KeyError as error:
            raise RuntimeError("no colour for whatsapp:+15550109876") from error

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())

    with pytest.raises(ExceptionGroup), spans.trace_delivery(kind="reply", parts=1):
        asyncio.run(work())

    ((_, recorded),) = received(receiver, "delivery").events
    stacktrace = str(recorded["exception.stacktrace"])
    assert "KeyError: 'colour'" in stacktrace
    assert "RuntimeError: no colour for [address]" in stacktrace


def test_a_database_operation_that_fails_says_so(receiver: OtlpReceiver) -> None:
    with (
        pytest.raises(RuntimeError),
        spans.trace_database_operation(operation="load", table_name="agent", record_id="a"),
    ):
        raise RuntimeError

    assert received(receiver, "database_load:agent").attributes["db_status"] == "error"


def test_a_failure_without_an_exception_is_an_error_all_the_same(receiver: OtlpReceiver) -> None:
    with spans.trace_delivery(kind="reply", parts=1) as span:
        span.set_attribute("error_code", 63016)
        tracing.mark_failed(span, "outside the window")

    delivery = received(receiver, "delivery")
    assert (delivery.status, delivery.status_message) == ("ERROR", "outside the window")
    assert delivery.attributes["error_code"] == 63016


def test_a_model_call_tells_its_tokens_and_its_cost(receiver: OtlpReceiver) -> None:
    with spans.trace_token_usage(
        agent_id="frontend_v1_abc", agent_type="frontend", operation_name="send_message"
    ) as span:
        spans.set_token_usage(
            span,
            input_tokens=10,
            output_tokens=20,
            cache_creation_tokens=300,
            cache_read_tokens=4000,
            thinking_tokens=15,
            cost_usd=Decimal("0.0123"),
            usage_percentage=2.2,
            remaining_tokens=195_670,
            threshold_status="OK",
        )

    call = received(receiver, "token_usage")
    assert call.message == "token_usage:send_message"
    expected = {
        "agent_id": "frontend_v1_abc",
        "agent_type": "frontend",
        "operation_name": "send_message",
        "input_tokens": 10,
        "output_tokens": 20,
        "cache_creation_tokens": 300,
        "cache_read_tokens": 4000,
        "thinking_tokens": 15,
        "total_tokens": 4330,
        "usage_percentage": 2.2,
        "remaining_tokens": 195_670,
        "threshold_status": "OK",
        "operation.cost": 0.0123,
    }
    assert expected.items() <= call.attributes.items()


def test_an_unknown_cost_is_absent_and_not_zero(receiver: OtlpReceiver) -> None:
    with spans.trace_token_usage(agent_type="router", operation_name="route") as span:
        spans.set_token_usage(
            span,
            input_tokens=1,
            output_tokens=1,
            cache_creation_tokens=0,
            cache_read_tokens=0,
            thinking_tokens=0,
            cost_usd=None,
        )

    call = received(receiver, "token_usage")
    assert "operation.cost" not in call.attributes
    assert call.attributes["cache_read_tokens"] == 0


def test_a_handoff_document_tells_what_it_holds(receiver: OtlpReceiver) -> None:
    with spans.trace_handoff_document(handoff_id="h-1") as span:
        spans.set_handoff_document(
            span,
            document_size_kb=9.5,
            categories_included=["decisions", "todos"],
            decisions_count=3,
            todos_count=2,
            errors_count=0,
        )

    document = received(receiver, "handoff_document")
    expected = {
        "handoff_id": "h-1",
        "document_size_kb": 9.5,
        "decisions_count": 3,
        "todos_count": 2,
        "errors_count": 0,
    }
    assert expected.items() <= document.attributes.items()
    assert json.loads(str(document.attributes["categories_included"])) == ["decisions", "todos"]


def test_events_are_logs_inside_the_span_where_they_happen(receiver: OtlpReceiver) -> None:
    with (
        bound(**IDS),
        spans.trace_agent_lifecycle(
            agent_id="qa_v1_a", agent_type="qa", version=1, state="INITIALIZING"
        ),
    ):
        events.agent_spawned(
            agent_id="qa_v1_a", agent_type="qa", version=1, continuation_mode="fresh"
        )
        events.state_transition(
            agent_id="qa_v1_a", agent_type="qa", from_state="INITIALIZING", to_state=State.ACTIVE
        )
        events.agent_research_completed(
            agent_id="qa_v1_a", agent_type="qa", research_topics_count=3, plan_components_count=5
        )
        events.handoff_saved(
            handoff_id="h-1", source_agent_id="qa_v1_a", agent_type="qa", data_size_kb=3.5
        )
        events.agent_terminated(
            agent_id="qa_v1_a",
            agent_type="qa",
            version=1,
            termination_reason="task_completed",
            lifetime_seconds=4.5,
            total_tokens_used=1200,
        )

    lifecycle = received(receiver, "agent_lifecycle")
    logs = {log.name: log for log in receiver.events}
    assert set(logs) == {
        "agent_spawned",
        "state_transition",
        "agent_research_completed",
        "handoff_saved",
        "agent_terminated",
    }
    assert {log.parent_span_id for log in logs.values()} == {lifecycle.span_id}
    assert all(IDS.items() <= log.attributes.items() for log in logs.values())
    assert logs["state_transition"].attributes["to_state"] == "ACTIVE"
    assert logs["agent_terminated"].attributes["termination_reason"] == "task_completed"


def test_the_root_that_ends_a_request_is_the_parent_of_all_work_done_before(
    receiver: OtlpReceiver,
) -> None:
    root = mint_root()
    open_root(root, {"user_id": IDS["user_id"], "platform": "chat"})
    with trace_user_request(root, **IDS), spans.trace_delivery(kind="reply", parts=1):
        pass
    ended_at = root.started_at + timedelta(seconds=90)
    # Emitted while another request is being worked on, it is not touched by that one's ids.
    with attach(mint_root()), bound(project_id="another"):
        emit(
            root,
            ended_at=ended_at,
            attributes={**IDS, "platform": "chat", "request_status": "completed", "gone": None},
            error=None,
        )

    span = received(receiver, "user_request")
    assert (span.trace_id, span.span_id) == (root.trace_id, root.span_id)
    assert span.parent_span_id is None
    assert abs(span.started_at - root.started_at) < timedelta(milliseconds=1)
    assert abs(span.ended_at - ended_at) < timedelta(milliseconds=1)
    assert span.status == "OK"
    assert span.attributes["project_id"] == "p-1"
    assert "gone" not in span.attributes
    delivery = received(receiver, "delivery")
    assert (delivery.trace_id, delivery.parent_span_id) == (root.trace_id, root.span_id)


def test_a_request_that_failed_ends_in_an_error(receiver: OtlpReceiver) -> None:
    emit(mint_root(), ended_at=datetime.now(UTC), attributes={}, error="the model is gone")

    span = received(receiver, "user_request")
    assert (span.status, span.status_message) == ("ERROR", "the model is gone")


def test_a_request_that_never_ends_is_seen_as_begun(receiver: OtlpReceiver) -> None:
    root = mint_root()
    open_root(root, {"user_id": IDS["user_id"], "request_length": 12})
    assert telemetry.flush(60)

    (pending,) = receiver.pending
    assert (pending.name, pending.trace_id) == ("user_request", root.trace_id)
    assert pending.parent_span_id == root.span_id
    assert pending.attributes["request_length"] == 12
    assert receiver.spans == []


def test_the_ids_go_along_into_tasks_and_threads_and_end_with_their_block(
    receiver: OtlpReceiver,
) -> None:
    def deliver(kind: str) -> None:
        with spans.trace_delivery(kind=kind, parts=1):
            pass

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            for user in ("first", "second"):
                with bound(user_id=user), bound(request_id=f"of {user}"):
                    tasks.create_task(asyncio.to_thread(deliver, user))

    asyncio.run(work())
    deliver("nobody")

    assert telemetry.flush(60)
    seen = {
        span.attributes["kind"]: (
            span.attributes.get("user_id"),
            span.attributes.get("request_id"),
        )
        for span in receiver.spans
    }
    assert seen == {
        "first": ("first", "of first"),
        "second": ("second", "of second"),
        "nobody": (None, None),
    }


def test_every_metric_is_an_instrument(receiver: OtlpReceiver) -> None:
    metrics.record_agent_invocation(agent_type="qa", outcome="completed", seconds=2.5)
    metrics.record_model_response(agent_type="qa", model="claude-sonnet-5-5", seconds=0.5)
    metrics.record_tokens(
        agent_type="qa",
        model="claude-sonnet-5-5",
        input_tokens=1,
        output_tokens=2,
        cache_creation_tokens=3,
        cache_read_tokens=4,
    )
    metrics.record_request_cost(request_type="build", cost_usd=Decimal("0.42"))
    metrics.record_request_cost(request_type="build", cost_usd=None)
    metrics.record_state_transition(agent_type="qa", from_state="ACTIVE", to_state=State.ACTIVE)
    metrics.record_handoff_validation(outcome="passed")
    metrics.record_supervisor_task(task_type="review", outcome="completed")
    metrics.record_context_compilation(agent_type="qa", seconds=0.01)

    assert telemetry.flush(60)
    points = {point.metric: point for point in receiver.points}
    assert set(points) >= {
        "agent_invocations_total",
        "agent_invocation_duration_seconds",
        "agent_response_time",
        "tokens_used",
        "request_cost_usd",
        "state_transitions",
        "handoff_validations_total",
        "supervisor_tasks_total",
        "context_compilation_duration_seconds",
    }
    assert points["request_cost_usd"].count == 1
    assert points["request_cost_usd"].value == pytest.approx(0.42)
    assert points["request_cost_usd"].unit == "USD"
    counted = {
        point.attributes["token_type"]: point.value
        for point in receiver.points
        if point.metric == "tokens_used"
    }
    assert counted == {"input": 1, "output": 2, "cache_creation": 3, "cache_read": 4}
