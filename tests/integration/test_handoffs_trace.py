"""What the trace shows of a handoff, and of a brief, which is none."""

from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

import telemetry
from handoffs.handoff import (
    Successor,
    create_brief,
)
from handoffs.lifecycle import (
    TerminationReason,
)
from tests.handoff_examples import (
    BUDGET,
    some_notes,
)
from tests.integration.handoff_stage import (
    FULL,
    Pool,
    a_full_agent,
    a_user,
    gather_facts,
    hand_over,
)
from tests.otlp_receiver import receiver_of_this_process

pytestmark = pytest.mark.anyio


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as opened:
        yield opened


async def test_the_trace_shows_the_handoff_with_document_and_save_inside(
    connection: AsyncConnection,
) -> None:
    receiver = receiver_of_this_process()
    telemetry.flush(60)
    receiver.clear()
    user = await a_user(connection)
    handoff = await hand_over(connection, user)
    assert telemetry.flush(60)
    spans = {span.name: span for span in receiver.spans}
    names = {span.span_id: span.name for span in receiver.spans}
    parents = {name: names.get(span.parent_span_id or "") for name, span in spans.items()}
    assert parents["database_save:agent_handoff"] == "agent_handoff"
    assert parents["handoff_document"] == "agent_handoff"
    assert {
        "source_agent_id": handoff.source.agent_id,
        "target_agent_id": handoff.target.agent_id,
        "handoff_id": str(handoff.document.handoff_id),
        "termination_reason": "context_window_exhausted",
        "tokens_used": FULL.total,
    }.items() <= spans["agent_handoff"].attributes.items()
    assert spans["database_save:agent_handoff"].attributes["db_status"] == "ok"
    assert {"agent_threshold:warning", "agent_threshold:critical"} <= spans.keys()
    logs = [event.name for event in receiver.events]
    assert logs.count("handoff_saved") == 1
    assert logs.count("agent_terminated") == 1
    assert logs.count("agent_spawned") == 2
    changes = [event for event in receiver.events if event.name == "state_transition"]
    assert [change.attributes["to_state"] for change in changes] == [
        "ACTIVE",
        "WARNING",
        "CRITICAL",
        "HANDOFF_PENDING",
        "HANDOFF_COMPLETE",
        "TERMINATED",
    ]
    assert user.words.encode() not in b"".join(receiver.bodies)


async def test_a_brief_for_the_next_role_is_no_handoff(connection: AsyncConnection) -> None:
    receiver = receiver_of_this_process()
    telemetry.flush(60)
    receiver.clear()
    user = await a_user(connection)
    agent = await a_full_agent(connection, user)
    brief = await create_brief(
        connection,
        facts=await gather_facts(connection, user, agent),
        notes=some_notes(),
        successor=Successor(agent_type="devops", model="claude-haiku-5-5", budget=BUDGET),
        result="all done",
    )
    assert brief.target.name == "devops_v1"
    assert brief.target.model == "claude-haiku-5-5"
    assert brief.target.continuation_mode == "fresh"
    assert "You go on with what frontend_v1 prepared" in brief.target.opening
    assert brief.source.termination_reason is TerminationReason.TASK_COMPLETED
    assert brief.source.result == "all done"

    assert telemetry.flush(60)
    names = {span.name for span in receiver.spans}
    assert {"agent_brief", "handoff_document", "database_save:agent_handoff"} <= names
    assert "agent_handoff" not in names
    told = receiver.span("agent_brief")
    assert told.message == "agent_brief:devops"
    assert {
        "source_agent_id": brief.source.agent_id,
        "agent_type": "frontend",
        "target_agent_id": brief.target.agent_id,
        "target_agent_type": "devops",
        "handoff_id": str(brief.document.handoff_id),
        "tokens_used": FULL.total,
    }.items() <= told.attributes.items()
    states = [e.attributes["to_state"] for e in receiver.events if e.name == "state_transition"]
    assert states[-1] == "TERMINATED"
    assert not {"HANDOFF_PENDING", "HANDOFF_COMPLETE"} & set(states)
