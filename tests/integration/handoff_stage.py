"""Users whose agents are full, and hand over in a real database."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from handoffs.agent_notes import AgentNotes
from handoffs.document import ProjectPart
from handoffs.facts import HandoffFacts
from handoffs.handoff import (
    Handoff,
)
from handoffs.ledger import load_spend, record_call
from handoffs.lifecycle import (
    Agent,
    find_agent,
    record_usage,
    spawn_agent,
)
from handoffs.store import (
    received_by,
)
from handoffs.tokens import Usage
from telemetry.cost import price
from tests.handoff_examples import (
    BUDGET,
    hand_on,
    some_facts,
)
from tests.users import add_user

Pool = AsyncConnectionPool[AsyncConnection]

FULL = Usage(input_tokens=200, cache_read_tokens=BUDGET.usable * 9 // 10, output_tokens=800)


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
