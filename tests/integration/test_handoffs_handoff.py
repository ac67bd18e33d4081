"""Handing over in a real database: one transaction, the trace, the store, long chains."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
from psycopg import AsyncConnection, Rollback
from psycopg_pool import AsyncConnectionPool

import telemetry
from handoffs.agent_notes import AgentNotes
from handoffs.document import HandoffDocument, ProjectPart
from handoffs.errors import InvalidDocument, StaleAgent, UnknownHandoff
from handoffs.facts import HandoffFacts
from handoffs.handoff import (
    Handoff,
    Successor,
    begin_handoff,
    create_brief,
)
from handoffs.ledger import load_spend, record_call
from handoffs.lifecycle import (
    Agent,
    AgentState,
    TerminationReason,
    agents_of_request,
    find_agent,
    load_agent,
    record_usage,
    spawn_agent,
)
from handoffs.store import (
    HandoffFilter,
    list_handoffs,
    load_handoff,
    received_by,
    save_handoff,
)
from handoffs.tokens import Usage
from telemetry.cost import price
from tests.handoff_examples import (
    BUDGET,
    a_file,
    a_new_item,
    closing,
    hand_on,
    some_facts,
    some_notes,
)
from tests.otlp_receiver import receiver_of_this_process
from tests.users import add_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

FULL = Usage(input_tokens=200, cache_read_tokens=BUDGET.usable * 9 // 10, output_tokens=800)


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as opened:
        yield opened


@dataclass(frozen=True, kw_only=True)
class User:
    """Someone with a request; the words are a canary."""

    user_id: str
    request_id: UUID
    project_id: UUID
    words: str


async def a_user(connection: AsyncConnection, words: str = "Build me a todo app") -> User:
    user = User(user_id=uuid4().hex, request_id=uuid4(), project_id=uuid4(), words=words)
    await add_user(connection, user.user_id)
    await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '0', '0', 1)",
        [user.request_id, user.user_id],
    )
    return user


async def a_full_agent(connection: AsyncConnection, user: User) -> Agent:
    """The user's newest frontend agent, with one paid call that filled its context."""
    agent = await find_agent(connection, user.request_id, "frontend")
    if agent is None:
        agent = await spawn_agent(
            connection,
            request_id=user.request_id,
            user_id=user.user_id,
            project_id=user.project_id,
            agent_type="frontend",
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )
    await record_call(
        connection,
        request_id=user.request_id,
        user_id=user.user_id,
        agent_id=agent.agent_id,
        operation="turn",
        model=agent.model,
        outcome="tool_use",
        usage=FULL,
        cost_usd=price(agent.model, **FULL.kinds),
    )
    agent, _ = await record_usage(connection, agent, FULL)
    return agent


async def gather_facts(
    connection: AsyncConnection, user: User, agent: Agent, **changes: Any
) -> HandoffFacts:
    """As the product gathers them: spend and the document before come from the database."""
    previous = await received_by(connection, agent.agent_id)
    facts = replace(
        some_facts(agent, messages=(user.words,)),
        project=ProjectPart(project_id=user.project_id, title="App"),
        created_at=datetime.now(UTC),
        spend=await load_spend(connection, request_id=user.request_id, agent_id=agent.agent_id),
        previous=previous,
    )
    return replace(facts, **changes)


async def hand_over(
    connection: AsyncConnection,
    user: User,
    notes: AgentNotes | None = None,
    **changes: Any,
) -> Handoff:
    agent = await a_full_agent(connection, user)
    facts = await gather_facts(connection, user, agent, **changes)
    return await hand_on(connection, facts, notes)


async def test_a_handoff_ends_the_source_and_starts_the_next_version(
    connection: AsyncConnection,
) -> None:
    user = await a_user(connection)
    handoff = await hand_over(connection, user, some_notes(closing(1, "index.html")))
    source, target = handoff.source, handoff.target
    assert source.state is AgentState.TERMINATED
    assert source.termination_reason is TerminationReason.CONTEXT_WINDOW_EXHAUSTED
    assert source.result is None
    assert (target.version, target.state) == (2, AgentState.INITIALIZING)
    assert target.continuation_mode == "handoff"
    assert target.predecessor_agent_id == source.agent_id
    assert (target.occupancy, target.spent.total) == (0, 0)
    assert "Build me a todo app" in target.opening
    assert await agents_of_request(connection, user.request_id) == [target, source]
    assert handoff.faults == ()
    stored = await load_handoff(connection, handoff.document.handoff_id)
    assert stored == handoff.document == await received_by(connection, target.agent_id)
    assert stored.target_agent is not None
    assert stored.target_agent.agent_id == target.agent_id


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


async def test_unusable_notes_leave_the_facts_alone_and_says_why(
    connection: AsyncConnection,
) -> None:
    user = await a_user(connection)
    handoff = await hand_over(connection, user, some_notes(closing(1, "ghost.js")))
    assert handoff.faults == (
        "todo_list: item 1 is closed by ghost.js, which is not in the workspace.",
    )
    assert handoff.document.closed_items == ()
    assert handoff.document.decisions == ()
    assert "left no notes" in handoff.document.work_in_progress
    assert handoff.document.messages == (user.words,)


async def test_facts_that_contradict_each_other_hand_nothing_over(
    connection: AsyncConnection,
) -> None:
    user, other = await a_user(connection), await a_user(connection)
    agent = await a_full_agent(connection, user)
    foreign = ProjectPart(project_id=other.project_id, title="Someone else's")
    facts = await gather_facts(connection, user, agent, project=foreign)
    with pytest.raises(InvalidDocument, match=f"project: is {other.project_id}"):
        await hand_on(connection, facts)
    assert await load_agent(connection, agent.agent_id) == agent


async def test_a_crash_before_the_commit_leaves_the_agent_where_it_was(
    connection: AsyncConnection,
) -> None:
    user = await a_user(connection)
    agent = await a_full_agent(connection, user)
    facts = await gather_facts(connection, user, agent)
    async with connection.transaction():
        await hand_on(connection, facts)
        raise Rollback
    assert await agents_of_request(connection, user.request_id) == [agent]
    assert await list_handoffs(connection, HandoffFilter()) == []
    handoff = await hand_on(connection, facts)
    assert handoff.target.version == 2


async def test_an_agent_that_was_pending_when_its_worker_died_hands_over_once(
    pool: Pool, connection: AsyncConnection
) -> None:
    user = await a_user(connection)
    agent = await begin_handoff(connection, await a_full_agent(connection, user))
    assert await begin_handoff(connection, agent) == agent
    outcomes: list[str] = []

    async def take_over() -> None:
        async with pool.connection() as own:
            facts = await gather_facts(own, user, agent)
            try:
                await hand_on(own, facts)
            except StaleAgent:
                outcomes.append("too late")
            else:
                outcomes.append("handed over")

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(take_over)
    assert sorted(outcomes) == ["handed over", "too late", "too late"]
    agents = await agents_of_request(connection, user.request_id)
    assert [one.version for one in agents] == [2, 1]
    assert len(await list_handoffs(connection, HandoffFilter())) == 1


async def test_a_chain_of_six_agents_keeps_thirty_constraints_and_never_reopens_an_item(
    connection: AsyncConnection,
) -> None:
    rules = [f"Rule {number}: keep the <b> of button {number}" for number in range(1, 31)]
    user = await a_user(connection, "\n".join(rules))
    closed: set[int] = set()
    handoff = None
    for version in range(1, 6):
        notes = (
            None
            if version == 3
            else some_notes(
                closing(len(closed) + 1),
                a_new_item(f"Piece of v{version}"),
                constraints=rules[:version],
            )
        )
        handoff = await hand_over(connection, user, notes, items=())
        assert handoff.faults == ()
        now_closed = {item.number for item in handoff.document.closed_items}
        assert now_closed >= closed
        closed = now_closed
    assert handoff is not None
    assert handoff.target.name == "frontend_v6"
    assert handoff.document.original_request.splitlines() == rules
    assert handoff.document.constraints == tuple(rules[:5])
    assert len(handoff.document.chain) == 5
    assert closed == {1, 2, 3, 4}


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


async def test_handoffs_are_listed_newest_first_by_every_filter(
    connection: AsyncConnection,
) -> None:
    ann, bob = await a_user(connection), await a_user(connection)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    first = await hand_over(connection, ann, created_at=noon)
    second = await hand_over(connection, ann, created_at=noon + timedelta(hours=1))
    third = await hand_over(connection, bob, created_at=noon + timedelta(hours=2))

    async def found(**which: Any) -> list[UUID]:
        return [row.handoff_id for row in await list_handoffs(connection, HandoffFilter(**which))]

    one, two, three = (handoff.document.handoff_id for handoff in (first, second, third))
    assert await found() == [three, two, one]
    assert await found(user_id=ann.user_id) == [two, one]
    assert await found(request_id=bob.request_id) == [three]
    assert await found(agent_type="frontend", user_id=bob.user_id) == [three]
    assert await found(agent_type="designer") == []
    assert await found(reason=TerminationReason.CONTEXT_WINDOW_EXHAUSTED) == [three, two, one]
    assert await found(reason=TerminationReason.TIMEOUT) == []
    assert await found(since=noon + timedelta(hours=1)) == [three, two]
    assert await found(until=noon + timedelta(hours=1)) == [one]
    [newest] = await list_handoffs(connection, HandoffFilter(), limit=1)
    assert newest.source_agent_id == third.source.agent_id
    assert newest.tokens_used == FULL.total
    assert newest.size_kb == round(len(third.document.to_json().encode()) / 1024, 2)


async def test_a_handoff_that_is_not_there_and_one_without_a_target_are_refused(
    connection: AsyncConnection,
) -> None:
    with pytest.raises(UnknownHandoff, match="There is no handoff"):
        await load_handoff(connection, uuid4())
    user = await a_user(connection)
    document = (await hand_over(connection, user)).document
    with pytest.raises(InvalidDocument, match="target_agent: is missing"):
        await save_handoff(connection, document.model_copy(update={"target_agent": None}))


async def test_a_damaged_document_names_its_field_and_stays_stored(
    connection: AsyncConnection,
) -> None:
    user = await a_user(connection)
    handoff_id = (await hand_over(connection, user)).document.handoff_id
    await connection.execute(
        "UPDATE handoff SET document = document - 'messages' WHERE handoff_id = %s", [handoff_id]
    )
    with pytest.raises(InvalidDocument, match="messages: Field required"):
        await load_handoff(connection, handoff_id)
    assert len(await list_handoffs(connection, HandoffFilter())) == 1


async def test_whoever_is_forgotten_leaves_no_agent_and_no_handoff(
    connection: AsyncConnection,
) -> None:
    ann, bob = await a_user(connection), await a_user(connection)
    for user in (ann, ann, bob):
        await hand_over(connection, user)
    await connection.execute("DELETE FROM contact WHERE user_id = %s", [ann.user_id])
    assert not await agents_of_request(connection, ann.request_id)
    assert await agents_of_request(connection, bob.request_id)
    rows = await list_handoffs(connection, HandoffFilter())
    assert {row.user_id for row in rows} == {bob.user_id}


@pytest.mark.lengthy
async def test_of_twenty_users_at_once_nobody_gets_anything_of_another(pool: Pool) -> None:
    async with pool.connection() as connection:
        users = [await a_user(connection, f"canary-{n:02}-words") for n in range(20)]
    documents: dict[str, list[HandoffDocument]] = {}

    async def work(user: User) -> None:
        files = (a_file(f"{user.words}.html"),)
        for _ in range(3):
            async with pool.connection() as own:
                handoff = await hand_over(own, user, files=files)
            documents.setdefault(user.words, []).append(handoff.document)

    async with anyio.create_task_group() as group:
        for user in users:
            group.start_soon(work, user)
    async with pool.connection() as connection:
        texts = {
            user.user_id: [
                agent.opening for agent in await agents_of_request(connection, user.request_id)
            ]
            for user in users
        }
    for user in users:
        texts[user.user_id] += [one.to_json() for one in documents[user.words]]
    for user in users:
        own_texts = "".join(texts[user.user_id])
        assert own_texts.count(user.words) > 6
        for other in users:
            if other is not user:
                assert other.words not in own_texts
                assert str(other.request_id) not in own_texts
                assert other.user_id not in own_texts
