"""Handing over in a real database: one transaction, once, over long chains, nothing of others."""

from collections.abc import AsyncIterator

import anyio
import pytest
from psycopg import AsyncConnection, Rollback

from handoffs.document import HandoffDocument, ProjectPart
from handoffs.errors import InvalidDocument, StaleAgent
from handoffs.handoff import (
    begin_handoff,
)
from handoffs.lifecycle import (
    AgentState,
    TerminationReason,
    agents_of_request,
    load_agent,
)
from handoffs.store import (
    HandoffFilter,
    list_handoffs,
    load_handoff,
    received_by,
)
from tests.handoff_examples import (
    a_file,
    a_new_item,
    closing,
    hand_on,
    some_notes,
)
from tests.integration.handoff_stage import (
    Pool,
    User,
    a_full_agent,
    a_user,
    gather_facts,
    hand_over,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as opened:
        yield opened


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
