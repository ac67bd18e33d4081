"""Random lives of an agent: turns, tool results, crashes and drains in any order.

Whatever happens, each threshold is crossed once, every turn is stored once, the ledger and the
agent agree, and a chain of handoffs keeps every word, decision and finished item.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from anthropic.types import ContentBlockParam
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import AsyncConnection

from handoffs import checkpoints, lifecycle
from handoffs.document import Decision, HandoffDocument
from handoffs.errors import StaleAgent, TurnConflict
from handoffs.facts import HandoffFacts, read_turns
from handoffs.handoff import begin_handoff
from handoffs.ledger import load_spend, record_call
from handoffs.lifecycle import Agent, AgentState, TerminationReason
from handoffs.states import SUCCESSORS
from handoffs.store import received_by
from handoffs.tokens import Threshold, Usage, WorkingBudget
from telemetry.cost import price
from tests.handoff_examples import a_new_item, closing, hand_on, some_notes
from tests.turns import store_answer
from tests.users import add_user

T = TypeVar("T")

BUDGET = WorkingBudget(window=200_000, working_budget=4_000, max_output=2_000)
WORDS = tuple(f"Rule {number}: keep it." for number in range(30))
RESUMABLE = {AgentState.PAUSED, AgentState.ERROR}
MOSTLY = st.sampled_from([True, True, True, True, False])


class AgentLives(RuleBasedStateMachine):
    """One request with one role, on a real database."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.request_id, self.user_id = uuid4(), uuid4().hex
        self.occupancy = 0
        self.crossed: Counter[tuple[str, Threshold]] = Counter()
        self.documents: list[HandoffDocument] = []
        self.decided = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize()
    def spawn(self) -> None:
        self.connection = self.run(AsyncConnection.connect(self.database_url, autocommit=True))
        self.run(self._spawn())

    async def _spawn(self) -> None:
        await add_user(self.connection, self.user_id)
        await self.connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '0', '0', 1)",
            [self.request_id, self.user_id],
        )
        self.agent = await lifecycle.spawn_agent(
            self.connection,
            request_id=self.request_id,
            user_id=self.user_id,
            project_id=None,
            agent_type="frontend",
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )
        self.turns: list[checkpoints.Turn] = []

    def is_full(self) -> bool:
        pending = self.agent.state is AgentState.HANDOFF_PENDING
        return pending or self.agent.threshold is Threshold.CRITICAL

    def waits_for_results(self) -> bool:
        return bool(self.turns) and self.turns[-1].results is None

    @rule(
        growth=st.integers(100, 1_200),
        size=st.sampled_from([0, 50, 400, 3_000]),
        is_stored=MOSTLY,
        is_judged=MOSTLY,
        finishes=st.booleans(),
    )
    def go_on(
        self, growth: int, size: int, is_stored: bool, is_judged: bool, finishes: bool
    ) -> None:
        """The next step of the loop; the process may die before it is stored."""
        if self.agent.state in RESUMABLE:
            self.agent = self.run(lifecycle.resume_agent(self.connection, self.agent))
        elif self.waits_for_results():
            self.run(self._store_results(size, is_stored))
        elif self.is_full():
            self.agent = self.run(begin_handoff(self.connection, self.agent))
            if is_stored:
                self.run(self._hand_over(is_judged, finishes))
        else:
            cached = {"cache_read_tokens" if finishes else "input_tokens": self.occupancy}
            self.run(self._answer(Usage(output_tokens=growth, **cached), is_stored))

    async def _answer(self, usage: Usage, is_stored: bool) -> None:
        await record_call(
            self.connection,
            request_id=self.request_id,
            user_id=self.user_id,
            agent_id=self.agent.agent_id,
            operation="turn",
            model=self.agent.model,
            outcome="tool_use",
            usage=usage,
            cost_usd=price(self.agent.model, **usage.kinds),
        )
        if not is_stored:
            return
        number = len(self.turns) + 1
        use: ContentBlockParam = {
            "type": "tool_use",
            "id": f"toolu_{number}",
            "name": "write_file",
            "input": {},
        }
        async with self.connection.transaction():
            await store_answer(self.connection, self.agent.agent_id, number, [use], "tool_use")
            self.agent, status = await lifecycle.record_usage(self.connection, self.agent, usage)
        self.crossed.update((self.agent.agent_id, threshold) for threshold in status.crossed)
        self.occupancy = usage.occupancy
        self.turns.append(
            checkpoints.Turn(number=number, answer=[use], stop_reason="tool_use", results=None)
        )

    async def _store_results(self, size: int, is_stored: bool) -> None:
        turn = self.turns[-1]
        result: ContentBlockParam = {
            "type": "tool_result",
            "tool_use_id": f"toolu_{turn.number}",
            "content": "ok",
        }
        try:
            async with self.connection.transaction():
                agent, status = await lifecycle.expect_results(self.connection, self.agent, size)
                await checkpoints.store_results(
                    self.connection, agent.agent_id, turn.number, [result]
                )
                if not is_stored:
                    raise Crash
        except Crash:
            return
        self.agent = agent
        self.crossed.update((agent.agent_id, threshold) for threshold in status.crossed)
        self.occupancy += size
        self.turns[-1] = replace(turn, results=[result])

    @invariant()
    def whoever_comes_back_finds_it_so(self) -> None:
        """Another process knows nothing but what is stored."""
        if hasattr(self, "agent"):
            self.run(self._reload())

    async def _reload(self) -> None:
        found = await lifecycle.find_agent(self.connection, self.request_id, "frontend")
        assert found == self.agent
        assert await checkpoints.load_turns(self.connection, self.agent.agent_id) == self.turns

    @precondition(lambda self: self.turns and AgentState.PAUSED in SUCCESSORS[self.agent.state])
    @rule(fails=st.booleans())
    def put_aside(self, fails: bool) -> None:
        state = AgentState.ERROR if fails else AgentState.PAUSED
        self.agent = self.run(lifecycle.transition(self.connection, self.agent, state))

    @precondition(lambda self: bool(self.turns))
    @rule()
    def come_late(self) -> None:
        """A process that was frozen stores a turn that is there already, and changes a state."""
        with pytest.raises(TurnConflict):
            self.run(
                store_answer(self.connection, self.agent.agent_id, len(self.turns), [], "end_turn")
            )
        stale = replace(self.agent, state=AgentState.INITIALIZING)
        if self.agent.state is not AgentState.INITIALIZING:
            with pytest.raises(StaleAgent):
                self.run(lifecycle.transition(self.connection, stale, AgentState.ACTIVE))

    async def _hand_over(self, is_judged: bool, finishes: bool) -> None:
        facts = await self._facts()
        notes = None
        if is_judged:
            first_open = next(item for item in facts.items_on_record if not item.passes)
            items = [closing(first_open.number)] if finishes else []
            notes = some_notes(*items, a_new_item(f"Piece {len(self.documents)}"))
        handoff = await hand_on(self.connection, facts, notes)
        assert handoff.faults == ()
        self.documents.append(handoff.document)
        self.agent, self.turns, self.occupancy = handoff.target, [], 0

    async def _facts(self) -> HandoffFacts:
        self.decided += 1
        return HandoffFacts(
            handoff_id=uuid4(),
            created_at=datetime.now(UTC),
            trace_id="0",
            conversation_id=UUID(int=0),
            platform="whatsapp",
            source=self.agent,
            workflow="full_build",
            phase="implementation",
            project=None,
            messages=WORDS,
            task_description="Write the files.",
            files=(),
            spend=await load_spend(
                self.connection, request_id=self.request_id, agent_id=self.agent.agent_id
            ),
            turns=read_turns(self.turns),
            previous=await received_by(self.connection, self.agent.agent_id),
            decisions=(
                Decision(decision=f"Decision {self.decided}", reason="so", made_by=self.agent.name),
            ),
        )

    @invariant()
    def each_threshold_is_crossed_once_an_agent(self) -> None:
        assert set(self.crossed.values()) <= {1}

    @invariant()
    def nothing_of_a_chain_is_lost(self) -> None:
        for earlier, later in pairwise(self.documents):
            assert later.messages == WORDS
            assert set(earlier.decisions) <= set(later.decisions)
            assert {i.number for i in earlier.closed_items} <= {
                i.number for i in later.closed_items
            }
            assert len(later.todo_list) >= len(earlier.todo_list)
            assert later.chain == (*earlier.chain, later.source_agent.agent_id)

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            ended = self.run(self._end())
            assert all(agent.terminated_at for agent in ended)
            self.run(self.connection.close())
        self.loop.close()

    async def _end(self) -> list[Agent]:
        """Whatever state it is in, an agent can be ended, and has spent what the ledger says."""
        reason = TerminationReason.MANUAL_TERMINATION
        await lifecycle.terminate_agent(self.connection, self.agent, reason)
        return await lifecycle.agents_of_request(self.connection, self.request_id)


class Crash(Exception):
    """The process is gone before its transaction was committed."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_random_lives(database_url: str) -> None:
    AgentLives.database_url = database_url
    run_state_machine_as_test(
        AgentLives,
        settings=settings(
            max_examples=int(os.environ.get("RANDOM_LIVES", "25")),
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
