"""Agents, turns and the ledger in a real database."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import anyio
import pytest
from anthropic.types import ContentBlockParam
from psycopg import AsyncConnection, Rollback
from psycopg_pool import AsyncConnectionPool

from handoffs.checkpoints import Turn, load_turns, store_results
from handoffs.errors import IllegalTransition, StaleAgent, TurnConflict
from handoffs.ledger import load_spend, record_call
from handoffs.lifecycle import (
    Agent,
    AgentState,
    TerminationReason,
    agents_of_request,
    expect_results,
    find_agent,
    load_agent,
    record_usage,
    resume_agent,
    spawn_agent,
    terminate_agent,
    transition,
)
from handoffs.tokens import Threshold, Usage, WorkingBudget
from telemetry.cost import price
from tests.handoff_examples import BUDGET, USER_ID
from tests.turns import store_answer
from tests.users import add_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

ANSWER: list[ContentBlockParam] = [
    {"type": "text", "text": "Grüße \x00 \ud83d 🙏"},
    {"type": "tool_use", "id": "a", "name": "write_file", "input": {"path": "index.html"}},
]
RESULTS: list[ContentBlockParam] = [{"type": "tool_result", "tool_use_id": "a", "content": "ok"}]


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as opened:
        yield opened


@pytest.fixture
async def request_id(connection: AsyncConnection) -> UUID:
    return await a_request(connection)


async def a_request(connection: AsyncConnection, user_id: str = USER_ID) -> UUID:
    request_id = uuid4()
    await add_user(connection, user_id)
    await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '0', '0', 1)",
        [request_id, user_id],
    )
    return request_id


async def an_agent(
    connection: AsyncConnection, request_id: UUID, *, budget: WorkingBudget = BUDGET
) -> Agent:
    return await spawn_agent(
        connection,
        request_id=request_id,
        user_id=USER_ID,
        project_id=None,
        agent_type="frontend",
        model="claude-sonnet-5-5",
        budget=budget,
        opening="[]",
    )


async def test_an_agent_is_spawned_with_the_next_version_of_its_role(
    connection: AsyncConnection, request_id: UUID
) -> None:
    first, second = [await an_agent(connection, request_id) for _ in range(2)]
    assert first.state is AgentState.INITIALIZING
    assert first.agent_id.startswith("frontend_v1_")
    assert len(first.agent_id) == len("frontend_v1_abc123")
    assert (second.version, second.name) == (2, "frontend_v2")
    assert first.budget == BUDGET
    assert await find_agent(connection, request_id, "frontend") == second
    assert await find_agent(connection, request_id, "designer") is None
    assert await load_agent(connection, first.agent_id) == first
    assert await agents_of_request(connection, request_id) == [second, first]


async def test_versions_of_two_requests_do_not_mix(
    connection: AsyncConnection, request_id: UUID
) -> None:
    await an_agent(connection, request_id)
    other = await an_agent(connection, await a_request(connection))
    assert other.version == 1


async def test_the_first_call_makes_an_agent_active_and_each_threshold_is_crossed_once(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    crossed = []
    for percent in (10, 74, 76, 80, 91, 95):
        prompt = BUDGET.usable * percent // 100
        agent, status = await record_usage(connection, agent, Usage(cache_read_tokens=prompt))
        crossed.append((percent, agent.state, status.crossed))
    active, warning, critical = AgentState.ACTIVE, AgentState.WARNING, AgentState.CRITICAL
    assert crossed == [
        (10, active, ()),
        (74, active, ()),
        (76, warning, (Threshold.WARNING,)),
        (80, warning, ()),
        (91, critical, (Threshold.CRITICAL,)),
        (95, critical, ()),
    ]
    assert agent.spent.total > 4 * BUDGET.usable
    assert agent.occupancy == BUDGET.usable * 95 // 100
    assert await load_agent(connection, agent.agent_id) == agent


async def test_one_huge_result_crosses_both_thresholds_before_it_is_sent(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    agent, _ = await record_usage(connection, agent, Usage(input_tokens=1_000))
    agent, status = await expect_results(connection, agent, BUDGET.usable)
    assert status.crossed == (Threshold.WARNING, Threshold.CRITICAL)
    assert agent.state is AgentState.CRITICAL
    assert agent.occupancy == 1_000
    _, again = await expect_results(connection, agent, BUDGET.usable)
    assert again.crossed == ()


async def test_a_crossing_that_is_rolled_back_is_told_the_next_time(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    usage = Usage(input_tokens=BUDGET.usable * 8 // 10)
    async with connection.transaction():
        await record_usage(connection, agent, usage)
        raise Rollback
    _, status = await record_usage(connection, agent, usage)
    assert status.crossed == (Threshold.WARNING,)


async def test_a_paused_agent_goes_on_in_the_state_of_its_tokens(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    agent, _ = await record_usage(connection, agent, Usage(input_tokens=BUDGET.usable * 8 // 10))
    paused = await transition(connection, agent, AgentState.PAUSED)
    assert paused.state is AgentState.PAUSED
    resumed = await resume_agent(connection, paused)
    assert resumed.state is AgentState.WARNING
    _, status = await record_usage(connection, resumed, Usage(input_tokens=BUDGET.usable * 8 // 10))
    assert status.crossed == ()


async def test_an_illegal_transition_raises_and_changes_nothing(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    with pytest.raises(IllegalTransition):
        await transition(connection, agent, AgentState.HANDOFF_COMPLETE)
    assert await load_agent(connection, agent.agent_id) == agent


async def test_of_two_processes_that_change_a_state_at_once_one_is_stale(
    pool: Pool, connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    outcomes: list[str] = []

    async def activate() -> None:
        async with pool.connection() as own:
            try:
                await transition(own, agent, AgentState.ACTIVE)
            except StaleAgent:
                outcomes.append("stale")
            else:
                outcomes.append("done")

    async with anyio.create_task_group() as group:
        group.start_soon(activate)
        group.start_soon(activate)
    assert sorted(outcomes) == ["done", "stale"]


async def test_a_terminated_agent_keeps_reason_result_and_time_and_stays_terminated(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    agent = await transition(connection, agent, AgentState.ACTIVE)
    ended = await terminate_agent(connection, agent, TerminationReason.TASK_COMPLETED, "Built it.")
    assert ended.state is AgentState.TERMINATED
    assert ended.termination_reason is TerminationReason.TASK_COMPLETED
    assert ended.result == "Built it."
    assert ended.terminated_at is not None
    with pytest.raises(IllegalTransition):
        await terminate_agent(connection, ended, TerminationReason.ERROR)
    with pytest.raises(StaleAgent):
        await terminate_agent(connection, agent, TerminationReason.ERROR)
    assert await agents_of_request(connection, request_id, alive_only=True) == []
    assert await agents_of_request(connection, request_id) == [ended]


async def test_turns_come_back_as_they_were_stored(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    await store_answer(connection, agent.agent_id, 1, ANSWER, "tool_use")
    await store_results(connection, agent.agent_id, 1, RESULTS)
    await store_answer(connection, agent.agent_id, 2, [], "end_turn")
    assert await load_turns(connection, agent.agent_id) == [
        Turn(number=1, answer=ANSWER, stop_reason="tool_use", results=RESULTS),
        Turn(number=2, answer=[], stop_reason="end_turn", results=None),
    ]
    ran = await connection.execute("SELECT results_at >= answered_at FROM turn ORDER BY number")
    assert await ran.fetchall() == [(True,), (None,)], "it is known when its tools had run"


async def test_a_stored_turn_cannot_be_written_again(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    await store_answer(connection, agent.agent_id, 1, ANSWER, "tool_use")
    with pytest.raises(TurnConflict, match=r"turn 1 of frontend_v1_.* is stored already"):
        await store_answer(connection, agent.agent_id, 1, [], "end_turn")
    await store_results(connection, agent.agent_id, 1, RESULTS)
    with pytest.raises(TurnConflict, match="does not wait for results"):
        await store_results(connection, agent.agent_id, 1, [])
    with pytest.raises(TurnConflict):
        await store_results(connection, agent.agent_id, 2, RESULTS)
    assert [turn.answer for turn in await load_turns(connection, agent.agent_id)] == [ANSWER]


async def test_the_ledger_sums_calls_and_counts_those_without_a_known_price(
    connection: AsyncConnection, request_id: UUID
) -> None:
    agent = await an_agent(connection, request_id)
    usage = Usage(input_tokens=1_000_000, output_tokens=1)
    for model, agent_id in (
        ("claude-sonnet-5-5", agent.agent_id),
        ("nobody-knows-this-model", agent.agent_id),
        ("claude-haiku-5-5", None),
    ):
        await record_call(
            connection,
            request_id=request_id,
            user_id=USER_ID,
            agent_id=agent_id,
            operation="turn",
            model=model,
            outcome="end_turn",
            usage=usage,
            cost_usd=price(model, **usage.kinds),
        )
    of_agent = await load_spend(connection, request_id=request_id, agent_id=agent.agent_id)
    assert (of_agent.calls, of_agent.unpriced_calls) == (2, 1)
    assert of_agent.usage == usage + usage
    assert of_agent.known_cost_usd > Decimal(0)
    of_request = await load_spend(connection, request_id=request_id)
    assert of_request.calls == 3
    nothing = await load_spend(connection, request_id=uuid4())
    assert (nothing.calls, nothing.known_cost_usd) == (0, Decimal(0))
