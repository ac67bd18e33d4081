"""Agents, facts and notes for the tests of handoffs; every argument changes one thing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from handoffs.agent_notes import (
    AgentNotes,
    NotedAlternative,
    NotedAttempt,
    NotedDecision,
    NotedItem,
)
from handoffs.compose import compose
from handoffs.document import (
    AgentReference,
    DownstreamConsumer,
    FileRecord,
    HandoffDocument,
    ProjectPart,
    ToolState,
    UpstreamDependency,
)
from handoffs.facts import HandoffFacts, TurnFacts
from handoffs.handoff import Handoff, Successor, create_handoff
from handoffs.ledger import Spend
from handoffs.lifecycle import Agent
from handoffs.states import AgentState, TerminationReason
from handoffs.tokens import Threshold, Usage, WorkingBudget

EXHAUSTED = TerminationReason.CONTEXT_WINDOW_EXHAUSTED
REQUEST_ID = UUID("00000000-0000-4000-8000-000000000001")
PROJECT_ID = UUID("00000000-0000-4000-8000-000000000002")
CONVERSATION_ID = UUID("00000000-0000-4000-8000-000000000003")
USER_ID = "0123456789abcdef0123456789abcdef"
REQUEST_TEXT = 'Build me a todo app with modern UI & "dark mode"\nand <b>no</b> tracking, please 🙏'
SPENT = Usage(
    input_tokens=1_000, output_tokens=4_000, cache_creation_tokens=9_000, cache_read_tokens=70_000
)
BUDGET = WorkingBudget(window=1_000_000, working_budget=200_000, max_output=32_000)


def an_agent(version: int = 1, agent_type: str = "frontend") -> Agent:
    return Agent(
        agent_id=f"{agent_type}_v{version}_abc12{version}",
        request_id=REQUEST_ID,
        user_id=USER_ID,
        project_id=PROJECT_ID,
        agent_type=agent_type,
        version=version,
        state=AgentState.CRITICAL,
        threshold=Threshold.CRITICAL,
        model="claude-sonnet-5-5",
        budget=BUDGET,
        occupancy=152_000,
        spent=SPENT,
        continuation_mode="fresh",
        predecessor_agent_id=None,
        opening="[]",
        result=None,
        spawned_at=datetime(2026, 1, 1, tzinfo=UTC),
        terminated_at=None,
        termination_reason=None,
    )


def a_file(path: str, content: str = "<h1>Todo</h1>\n") -> FileRecord:
    return FileRecord(
        path=path,
        sha256=sha256(content.encode()).hexdigest(),
        lines=content.count("\n"),
        size_bytes=len(content.encode()),
    )


def some_facts(
    source: Agent | None = None,
    *,
    messages: Sequence[str] = (REQUEST_TEXT,),
    files: Sequence[FileRecord] = (a_file("index.html"), a_file("app.js", "let x;\n")),
    previous: HandoffDocument | None = None,
    items: Sequence[str] = ("Lay out the page", "Add and tick off todos", "Keep them on reload"),
) -> HandoffFacts:
    return HandoffFacts(
        handoff_id=uuid4(),
        created_at=datetime(2026, 1, 1, 12, 30, tzinfo=UTC),
        trace_id="0af7651916cd43dd8448eb211c80319c",
        conversation_id=CONVERSATION_ID,
        platform="whatsapp",
        source=source or an_agent(),
        workflow="full_build",
        phase="implementation",
        project=ProjectPart(project_id=PROJECT_ID, title="Todo"),
        messages=tuple(messages),
        task_description="Write the files of the app.",
        files=tuple(files),
        spend=Spend(calls=7, usage=SPENT, known_cost_usd=Decimal("0.0421"), unpriced_calls=0),
        turns=TurnFacts(
            tools=ToolState(turns=6, calls={"write_file": 5}, last_tool="write_file"), errors=()
        ),
        previous=previous,
        items=tuple(items),
        upstream=(
            UpstreamDependency(name="design", made_by="designer_v1", content='{"summary": "calm"}'),
        ),
        downstream=(DownstreamConsumer(agent_type="devops", needs="index.html"),),
    )


async def hand_on(
    connection: AsyncConnection, facts: HandoffFacts, notes: AgentNotes | None = None
) -> Handoff:
    """Hand over to a successor that is as the source is."""
    source = facts.source
    successor = Successor(agent_type=source.agent_type, model=source.model, budget=source.budget)
    return await create_handoff(connection, facts=facts, notes=notes, successor=successor)


def some_notes(
    *items: NotedItem,
    decisions: Sequence[str] = ("Keep todos in localStorage",),
    constraints: Sequence[str] = (),
    attempts: Sequence[str] = (),
) -> AgentNotes:
    return AgentNotes(
        decisions=[NotedDecision(decision=text, reason="no server") for text in decisions],
        rejected_alternatives=[NotedAlternative(alternative="IndexedDB", reason="too much")],
        failed_attempts=[NotedAttempt(attempt=text, outcome="refused") for text in attempts],
        work_in_progress="The tick boxes are drawn but do nothing yet.",
        todo_list=list(items),
        assumptions=["One person uses it"],
        constraints=list(constraints),
    )


def closing(number: int, *files: str) -> NotedItem:
    return NotedItem(number=number, description="", passes=True, files=list(files))


def a_new_item(description: str, *, passes: bool = False) -> NotedItem:
    return NotedItem(number=None, description=description, passes=passes, files=[])


def a_document(facts: HandoffFacts | None = None) -> HandoffDocument:
    return compose(facts or some_facts(), some_notes(closing(1, "index.html")), EXHAUSTED)


def handed_to(document: HandoffDocument, version: int) -> HandoffDocument:
    target = an_agent(version)
    reference = AgentReference(
        agent_id=target.agent_id, agent_type=target.agent_type, version=version
    )
    return document.model_copy(update={"target_agent": reference})


def next_facts(document: HandoffDocument, facts: HandoffFacts) -> HandoffFacts:
    """The facts of the successor that started from `document`, when it hands over in its turn."""
    return replace(
        facts,
        handoff_id=uuid4(),
        source=an_agent(document.source_agent.version + 1),
        previous=document,
        items=(),
        upstream=(),
        downstream=(),
    )
