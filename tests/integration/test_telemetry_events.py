"""Every event, as it leaves the process through Logfire's own exporter."""

from collections.abc import Iterator

import pytest

from telemetry import events, spans
from telemetry.context import bound
from tests.integration.received_telemetry import IDS, State, emptied_receiver, received
from tests.otlp_receiver import OtlpReceiver


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with emptied_receiver() as receiver:
        yield receiver


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
