"""The handoff itself: from an agent whose context is full to a successor that goes on.

Two steps for the caller, with the model call for the notes between them:

1. `begin_handoff`: the agent is HANDOFF_PENDING; a process that dies here finds it so and asks
   again.
2. `create_handoff`: in one transaction the document is made, checked and saved, the source
   terminated and the successor spawned. Without usable notes the facts make the document.

A brief (`create_brief`) is no handoff, though its document is of the same form: an agent whose task
is done leaves it for the next role.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from handoffs.agent_notes import AgentNotes
from handoffs.compose import compose
from handoffs.document import AgentReference, HandoffDocument
from handoffs.errors import InvalidDocument
from handoffs.facts import HandoffFacts
from handoffs.lifecycle import Agent, ContinuationMode, spawn_agent, terminate_agent, transition
from handoffs.resume_prompt import opening_message
from handoffs.states import AgentState, TerminationReason
from handoffs.store import save_handoff
from handoffs.tokens import WorkingBudget
from handoffs.validation import find_faults
from telemetry import metrics, spans

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

EXHAUSTED = TerminationReason.CONTEXT_WINDOW_EXHAUSTED
COMPLETED = TerminationReason.TASK_COMPLETED


@dataclass(frozen=True, kw_only=True)
class Successor:
    """Who is briefed, or takes over.

    `papers`, `material` and `pictures` stand in its opening, not in the document.
    """

    agent_type: str
    model: str
    budget: WorkingBudget
    papers: "tuple[ContentBlockParam, ...]" = ()
    material: str = ""
    pictures: "tuple[ContentBlockParam, ...]" = ()


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """A handoff that was made. `faults` say why notes were not used; none if they were."""

    document: HandoffDocument
    source: Agent
    target: Agent
    faults: tuple[str, ...]


async def begin_handoff(connection: AsyncConnection, agent: Agent) -> Agent:
    """Mark the agent as handing over; one that is already is left as it is."""
    if agent.state is AgentState.HANDOFF_PENDING:
        return agent
    return await transition(connection, agent, AgentState.HANDOFF_PENDING)


def review(
    facts: HandoffFacts, notes: AgentNotes, reason: TerminationReason = EXHAUSTED
) -> tuple[str, ...]:
    """What is wrong with notes, in sentences for the model; nothing if they can be used."""
    try:
        document = compose(facts, notes, reason)
    except InvalidDocument as error:
        return (str(error),)
    return find_faults(document, facts)


async def create_handoff(
    connection: AsyncConnection,
    *,
    facts: HandoffFacts,
    notes: AgentNotes | None,
    successor: Successor,
    refused: tuple[str, ...] = (),
) -> Handoff:
    """Hand over from `facts.source` to the next version of its role; all of it happens or nothing.

    Where there are no notes, `refused` says what was wrong with the agent's last ones. Raises
    `InvalidDocument` when even the facts alone contradict each other, and what
    `handoffs.lifecycle.transition` raises.
    """
    source = facts.source
    document, faults = _checked(facts, notes, EXHAUSTED, refused)
    with spans.trace_agent_handoff(
        source_agent_id=source.agent_id,
        agent_type=source.agent_type,
        handoff_id=str(facts.handoff_id),
        trace_id=facts.trace_id,
        termination_reason=EXHAUSTED,
        completion_percentage=_done(facts, document),
        tokens_used=document.token_usage.total_tokens,
    ) as span:
        async with connection.transaction():
            # First of all, so that of two processes the second one finds it done and stops.
            source = await begin_handoff(connection, source)
            source = await transition(connection, source, AgentState.HANDOFF_COMPLETE)
            target = await _spawn(connection, document, facts, successor, "handoff")
            span.set_attribute("target_agent_id", target.agent_id)
            document = _addressed(document, target)
            await save_handoff(connection, document)
            source = await terminate_agent(connection, source, EXHAUSTED)
    return Handoff(document=document, source=source, target=target, faults=faults)


async def create_brief(
    connection: AsyncConnection,
    *,
    facts: HandoffFacts,
    notes: AgentNotes,
    successor: Successor,
    result: str,
) -> Handoff:
    """End `facts.source`, whose task is done with `result`, and brief the next role with it.

    All of it in the caller's transaction. The successor begins afresh. Raises as `create_handoff`
    does.
    """
    document, faults = _checked(facts, notes, COMPLETED)
    with spans.trace_agent_brief(
        source_agent_id=facts.source.agent_id,
        source_agent_type=facts.source.agent_type,
        target_agent_type=successor.agent_type,
        handoff_id=str(facts.handoff_id),
        trace_id=facts.trace_id,
        tokens_used=document.token_usage.total_tokens,
    ) as span:
        source = await terminate_agent(connection, facts.source, COMPLETED, result)
        target = await _spawn(connection, document, facts, successor, "fresh")
        span.set_attribute("target_agent_id", target.agent_id)
        document = _addressed(document, target)
        await save_handoff(connection, document)
    return Handoff(document=document, source=source, target=target, faults=faults)


def _done(facts: HandoffFacts, document: HandoffDocument) -> float:
    """What is done of the requirements, in percent; before they were tried, of the work's items."""
    if facts.requirements_met is not None:
        return facts.requirements_met
    return document.progress.completion_percentage


def _checked(
    facts: HandoffFacts,
    notes: AgentNotes | None,
    reason: TerminationReason,
    refused: tuple[str, ...] = (),
) -> tuple[HandoffDocument, tuple[str, ...]]:
    """The document, and why the notes are not used in it; counts how that came out.

    Raises `InvalidDocument`.
    """
    faults = review(facts, notes, reason) if notes else refused
    document = compose(facts, None if faults else notes, reason)
    contradictions = find_faults(document, facts)
    metrics.record_handoff_validation(
        outcome="failed" if contradictions else "repaired" if faults else "passed"
    )
    if contradictions:
        raise InvalidDocument(" ".join(contradictions))
    return document, faults


async def _spawn(
    connection: AsyncConnection,
    document: HandoffDocument,
    facts: HandoffFacts,
    successor: Successor,
    mode: ContinuationMode,
) -> Agent:
    source = facts.source
    started = perf_counter()
    opening = opening_message(
        document,
        facts.files,
        successor.agent_type,
        papers=successor.papers,
        material=successor.material,
        pictures=successor.pictures,
    )
    metrics.record_context_compilation(
        agent_type=successor.agent_type, seconds=perf_counter() - started
    )
    return await spawn_agent(
        connection,
        request_id=source.request_id,
        user_id=source.user_id,
        project_id=source.project_id,
        agent_type=successor.agent_type,
        model=successor.model,
        budget=successor.budget,
        opening=opening,
        continuation_mode=mode,
        predecessor_agent_id=source.agent_id,
        handoff_id=facts.handoff_id,
    )


def _addressed(document: HandoffDocument, target: Agent) -> HandoffDocument:
    reference = AgentReference(
        agent_id=target.agent_id, agent_type=target.agent_type, version=target.version
    )
    return document.model_copy(update={"target_agent": reference})
