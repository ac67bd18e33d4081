"""An agent's life in the database: spawned, filling up, paused, handing over, terminated.

Every function takes an open connection: the change may be part of a larger transaction. A change of
state names the state it starts from; who has lost the agent to another process gets `StaleAgent`.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from handoffs.checkpoints import Turn, answer_values, stored_once
from handoffs.crossings import trace_crossing
from handoffs.errors import StaleAgent
from handoffs.states import AgentState, TerminationReason, check_transition
from handoffs.tokens import (
    BUDGET_COLUMNS,
    Threshold,
    TokenStatus,
    Usage,
    WorkingBudget,
    thresholds_crossed,
)
from telemetry import events, spans
from telemetry.named_sql import statements

__all__ = [
    "Agent",
    "AgentState",
    "ContinuationMode",
    "TerminationReason",
    "agents_of_request",
    "expect_results",
    "find_agent",
    "hand_in",
    "load_agent",
    "record_usage",
    "resume_agent",
    "revive_agent",
    "send_back",
    "spawn_agent",
    "terminate_agent",
    "transition",
]

SQL = statements("handoffs", "lifecycle.sql")

ContinuationMode = Literal["fresh", "handoff", "resumed"]

# Filling up, an agent goes through these one after the other.
_FILLING = (AgentState.INITIALIZING, AgentState.ACTIVE, AgentState.WARNING, AgentState.CRITICAL)
_STATE_AT = {
    Threshold.OK: AgentState.ACTIVE,
    Threshold.WARNING: AgentState.WARNING,
    Threshold.CRITICAL: AgentState.CRITICAL,
}
# Columns of an agent's row that are kept in its budget, or are read by `handoffs.prompts`.
_NO_FIELDS = (*BUDGET_COLUMNS, "usable_budget", "prompt_hash", "effort")
_SUFFIX_LETTERS = string.ascii_lowercase + string.digits
_SUFFIX_LENGTH = 6


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One agent's row. `opening` is its first user message as JSON; `spent` sums all its calls."""

    agent_id: str
    request_id: UUID
    user_id: str
    project_id: UUID | None
    agent_type: str
    version: int
    state: AgentState
    threshold: Threshold
    model: str
    budget: WorkingBudget
    occupancy: int
    spent: Usage
    continuation_mode: ContinuationMode
    predecessor_agent_id: str | None
    opening: str
    result: str | None
    spawned_at: datetime
    terminated_at: datetime | None
    termination_reason: TerminationReason | None

    @property
    def status(self) -> TokenStatus:
        """How full its context was at the last call."""
        return self.budget.status(self.occupancy)

    @property
    def name(self) -> str:
        """Role and version, such as `frontend_v2`."""
        return f"{self.agent_type}_v{self.version}"

    @property
    def lifetime_seconds(self) -> float:
        """For how long it has lived, by the database's clock; 0 while it lives."""
        return ((self.terminated_at or self.spawned_at) - self.spawned_at).total_seconds()


async def spawn_agent(
    connection: AsyncConnection,
    *,
    request_id: UUID,
    user_id: str,
    project_id: UUID | None,
    agent_type: str,
    model: str,
    budget: WorkingBudget,
    opening: str,
    continuation_mode: ContinuationMode = "fresh",
    predecessor_agent_id: str | None = None,
    handoff_id: UUID | None = None,
) -> Agent:
    """Make the next version of a role in a request; `handoff_id` is what it starts from."""
    parameters = {
        "request_id": request_id,
        "user_id": user_id,
        "project_id": project_id,
        "agent_type": agent_type,
        "state": AgentState.INITIALIZING,
        "model": model,
        **budget.as_columns(),
        "continuation_mode": continuation_mode,
        "predecessor_agent_id": predecessor_agent_id,
        "opening": opening,
    }
    agent = None
    with spans.trace_agent_spawn(
        agent_type=agent_type,
        continuation_mode=continuation_mode,
        handoff_id=None if handoff_id is None else str(handoff_id),
        predecessor_agent_id=predecessor_agent_id,
    ):
        while agent is None:  # an id may be taken, one time in two thousand at a million agents
            agent = await _fetch(connection, "insert_agent", {**parameters, "suffix": _suffix()})
        events.agent_spawned(
            agent_id=agent.agent_id,
            agent_type=agent_type,
            version=agent.version,
            continuation_mode=continuation_mode,
        )
    return agent


async def find_agent(
    connection: AsyncConnection, request_id: UUID, agent_type: str
) -> Agent | None:
    """The latest version of a role in a request."""
    parameters = {"request_id": request_id, "agent_type": agent_type}
    return await _fetch(connection, "find_latest_agent", parameters)


async def load_agent(connection: AsyncConnection, agent_id: str) -> Agent | None:
    """The agent of that id."""
    return await _fetch(connection, "load_agent", {"agent_id": agent_id})


async def agents_of_request(
    connection: AsyncConnection, request_id: UUID, *, alive_only: bool = False
) -> list[Agent]:
    """All agents of a request, newest first."""
    parameters = {"request_id": request_id, "alive_only": alive_only}
    async with connection.cursor(row_factory=kwargs_row(_to_agent)) as cursor:
        await cursor.execute(SQL["agents_of_request"], parameters)
        return await cursor.fetchall()


async def transition(connection: AsyncConnection, agent: Agent, state: AgentState) -> Agent:
    """Change the agent's state.

    Raises `IllegalTransition` when `state` may not follow the one the agent is in, `StaleAgent`
    when another process has changed it. To terminate, use `terminate_agent`.
    """
    check_transition(agent.state, state)
    parameters = {"agent_id": agent.agent_id, "state": state, "known_state": agent.state}
    changed = await _fetch(connection, "change_state", parameters)
    return _announce(agent, changed)


async def terminate_agent(
    connection: AsyncConnection,
    agent: Agent,
    reason: TerminationReason,
    result: str | None = None,
) -> Agent:
    """End the agent's life; `result` is what it answered. Raises as `transition` does."""
    check_transition(agent.state, AgentState.TERMINATED)
    parameters = {
        "agent_id": agent.agent_id,
        "reason": reason,
        "result": result,
        "known_state": agent.state,
    }
    ended = _announce(agent, await _fetch(connection, "end_agent", parameters))
    events.agent_terminated(
        agent_id=ended.agent_id,
        agent_type=ended.agent_type,
        version=ended.version,
        termination_reason=reason,
        lifetime_seconds=ended.lifetime_seconds,
        total_tokens_used=ended.spent.total,
    )
    return ended


async def hand_in(connection: AsyncConnection, agent: Agent, answer: str) -> Agent:
    """Put the agent aside with its answer, until it is accepted or sent back."""
    paused = await transition(connection, agent, AgentState.PAUSED)
    return await _set_result(connection, paused, answer)


async def send_back(connection: AsyncConnection, agent: Agent) -> Agent:
    """Take up an agent that has handed in: its answer was not the last one."""
    return await resume_agent(connection, await _set_result(connection, agent, None))


async def _set_result(connection: AsyncConnection, agent: Agent, result: str | None) -> Agent:
    parameters = {"agent_id": agent.agent_id, "result": result}
    return _known(agent, await _fetch(connection, "set_result", parameters))


async def resume_agent(connection: AsyncConnection, agent: Agent) -> Agent:
    """Take a paused or failed agent up again, in the state where its tokens had put it."""
    return await transition(connection, agent, _STATE_AT[agent.threshold])


async def revive_agent(connection: AsyncConnection, ended: Agent) -> Agent:
    """The next version of an agent that was ended before its task was: it goes on with its turns.

    Its context is as full as the other's was, so it starts in the state of these tokens.
    """
    agent = await spawn_agent(
        connection,
        request_id=ended.request_id,
        user_id=ended.user_id,
        project_id=ended.project_id,
        agent_type=ended.agent_type,
        model=ended.model,
        budget=ended.budget,
        opening=ended.opening,
        continuation_mode="resumed",
        predecessor_agent_id=ended.agent_id,
    )
    parameters = {"agent_id": agent.agent_id, "predecessor_agent_id": ended.agent_id}
    async with connection.transaction():
        await connection.execute(SQL["copy_turns"], parameters)
        filled = _known(agent, await _fetch(connection, "copy_occupancy", parameters))
        agent, _ = await _fill_up(connection, filled, filled.status)
        return agent


async def record_usage(
    connection: AsyncConnection,
    agent: Agent,
    usage: Usage,
    *,
    turn: Turn | None = None,
) -> tuple[Agent, TokenStatus]:
    """Add a call that was answered to the agent's spend, and let it set the occupancy.

    With a `turn` the answer is stored as well; raises `TurnConflict` if it is there already.
    Call it within a transaction: it takes several statements.
    The first call makes the agent ACTIVE. The status says which thresholds were crossed just now;
    each is crossed once in an agent's life, so what is told of it is told once.
    """
    parameters = {
        "agent_id": agent.agent_id,
        "occupancy": usage.occupancy,
        **asdict(usage),
    }
    if turn is None:
        counted = await _fetch(connection, "add_usage", parameters)
    else:
        with stored_once(agent.agent_id, turn):
            counted = await _fetch(connection, "store_answer", parameters | answer_values(turn))
    if counted is None:
        raise StaleAgent(f"{agent.agent_id} is gone")
    return await _fill_up(connection, counted, counted.status)


async def expect_results(
    connection: AsyncConnection, agent: Agent, pending: int
) -> tuple[Agent, TokenStatus]:
    """What the next call will hold once `pending` tokens of tool results are added.

    As `record_usage`, it says which thresholds are crossed by that.
    """
    status = agent.budget.status(agent.occupancy, pending=pending)
    return await _fill_up(connection, agent, status)


async def _fill_up(
    connection: AsyncConnection, agent: Agent, status: TokenStatus
) -> tuple[Agent, TokenStatus]:
    """Move the agent to the state of its tokens, one state after the other."""
    if agent.state not in _FILLING:
        return agent, status
    crossed = thresholds_crossed(agent.threshold, status.threshold)
    goal = _STATE_AT[crossed[-1] if crossed else agent.threshold]
    for state in _FILLING[_FILLING.index(agent.state) + 1 : _FILLING.index(goal) + 1]:
        agent = await transition(connection, agent, state)
    if crossed:
        parameters = {"agent_id": agent.agent_id, "threshold": crossed[-1]}
        agent = _known(agent, await _fetch(connection, "raise_threshold", parameters))
    for threshold in crossed:
        trace_crossing(agent.agent_id, agent.agent_type, threshold, status)
    return agent, replace(status, crossed=crossed)


def _announce(before: Agent, after: Agent | None) -> Agent:
    after = _known(before, after)
    events.state_transition(
        agent_id=after.agent_id,
        agent_type=after.agent_type,
        from_state=before.state,
        to_state=after.state,
    )
    return after


def _known(before: Agent, after: Agent | None) -> Agent:
    if after is None:
        raise StaleAgent(f"{before.agent_id} is no longer {before.state}")
    return after


async def _fetch(
    connection: AsyncConnection, statement: str, parameters: Mapping[str, Any]
) -> Agent | None:
    sql: LiteralString = SQL[statement]
    async with connection.cursor(row_factory=kwargs_row(_to_agent)) as cursor:
        await cursor.execute(sql, parameters)
        return await cursor.fetchone()


def _to_agent(
    *,
    state: str,
    threshold: str,
    input_tokens: int,
    output_tokens: int,
    cache_creation_tokens: int,
    cache_read_tokens: int,
    thinking_tokens: int,
    termination_reason: str | None,
    **columns: Any,
) -> Agent:
    budget = WorkingBudget.from_columns(columns)
    for name in _NO_FIELDS:
        del columns[name]
    return Agent(
        state=AgentState(state),
        threshold=Threshold(threshold),
        budget=budget,
        spent=Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_creation_tokens=cache_creation_tokens,
            cache_read_tokens=cache_read_tokens,
            thinking_tokens=thinking_tokens,
        ),
        termination_reason=TerminationReason(termination_reason) if termination_reason else None,
        **columns,
    )


def _suffix() -> str:
    return "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(_SUFFIX_LENGTH))
