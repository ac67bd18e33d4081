"""A handoff document of a wanted size, of the shape that long builds have."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid4

from handoffs.agent_notes import AgentNotes, NotedItem
from handoffs.compose import compose
from handoffs.document import (
    AgentReference,
    Decision,
    FileRecord,
    HandoffDocument,
    ProjectPart,
    ToolState,
    UpstreamDependency,
)
from handoffs.facts import HandoffFacts, TurnFacts
from handoffs.ledger import Spend
from handoffs.lifecycle import Agent
from handoffs.states import TerminationReason

SENTENCE = "The list keeps its order after a reload, also where two tasks have the same words. "


def document_of(size: int, source: Agent, target: Agent) -> HandoffDocument:
    """A document of at least `size` bytes of JSON, from `source` to `target`."""
    facts = _facts(source)
    document = _composed(facts)
    while len(document.to_json().encode()) < size:
        missing = size - len(document.to_json().encode())
        more = tuple(_decision(len(facts.decisions) + n) for n in range(1 + missing // 250))
        facts = replace(facts, decisions=(*facts.decisions, *more))
        document = _composed(facts)
    reference = AgentReference(
        agent_id=target.agent_id, agent_type=target.agent_type, version=target.version
    )
    return document.model_copy(update={"target_agent": reference})


def _composed(facts: HandoffFacts) -> HandoffDocument:
    notes = AgentNotes(
        decisions=[],
        rejected_alternatives=[],
        failed_attempts=[],
        work_in_progress=SENTENCE,
        todo_list=[
            NotedItem(number=None, description=f"Piece {n}: {SENTENCE}", passes=n < 80, files=[])
            for n in range(100)
        ],
        assumptions=[],
        constraints=[f"{n}. {SENTENCE}" for n in range(30)],
    )
    return compose(facts, notes, TerminationReason.CONTEXT_WINDOW_EXHAUSTED)


def _facts(source: Agent) -> HandoffFacts:
    project_id = source.project_id or UUID(int=0)
    return HandoffFacts(
        handoff_id=uuid4(),
        created_at=datetime.now(UTC),
        trace_id="0af7651916cd43dd8448eb211c80319c",
        conversation_id=UUID(int=1),
        platform="whatsapp",
        source=source,
        workflow="full_build",
        phase="implementation",
        project=ProjectPart(project_id=project_id, title="Todo"),
        messages=tuple(f"{n}. {SENTENCE * 12}" for n in range(20)),
        task_description="Write the files of the app.",
        files=tuple(_file(n) for n in range(60)),
        spend=Spend(calls=0, usage=source.spent, known_cost_usd=Decimal(0), unpriced_calls=0),
        turns=TurnFacts(tools=ToolState(turns=40, calls={"write_file": 60}), errors=()),
        upstream=(
            UpstreamDependency(name="design", made_by="designer_v1", content=SENTENCE * 300),
        ),
    )


def _file(number: int) -> FileRecord:
    path = f"parts/part-{number}.js"
    return FileRecord(
        path=path, sha256=sha256(path.encode()).hexdigest(), lines=120, size_bytes=4_000
    )


def _decision(number: int) -> Decision:
    return Decision(decision=f"{number}. {SENTENCE}", reason=SENTENCE, made_by="frontend_v1")
