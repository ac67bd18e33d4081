"""Every span, as it leaves the process through Logfire's own exporter."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from logfire import LogfireSpan

from telemetry import spans
from telemetry.context import bound
from tests.integration.received_telemetry import IDS, State, emptied_receiver, received
from tests.otlp_receiver import OtlpReceiver

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


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with emptied_receiver() as receiver:
        yield receiver


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
