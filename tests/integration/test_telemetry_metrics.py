"""Every metric, as it leaves the process through Logfire's own exporter."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

import telemetry
from telemetry import metrics
from tests.integration.received_telemetry import State, emptied_receiver
from tests.otlp_receiver import OtlpReceiver


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with emptied_receiver() as receiver:
        yield receiver


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
