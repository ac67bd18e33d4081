"""A model call in an agent's name: in its span, metered, and ended where the lease is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from bot.builds.ownership_watch import while_leased
from bot.crew.assignment import Assignment
from bot.model.accounting import MeteredCall
from bot.model.budgets import BudgetLimits
from bot.model.calls import ModelAnswer, ModelCall
from handoffs.lifecycle import Agent
from telemetry.spans import trace_token_usage

_IN_TRACES = {"turn": "send_message", "handoff": "handoff"}


@asynccontextmanager
async def asked_model(
    assignment: Assignment,
    agent: Agent,
    call: ModelCall,
    *,
    operation: Literal["turn", "handoff"],
    turn: int | None = None,
    asks_user: bool = False,
) -> AsyncIterator[tuple[ModelAnswer, MeteredCall]]:
    """Make the call; its span is open until the caller has stored the answer and noted its status.

    `turn` and `asks_user` are as `MeteredCall` takes them. Raises what that raises, and
    `OwnershipLost`.
    """
    services = assignment.services
    with trace_token_usage(
        agent_id=agent.agent_id,
        agent_type=agent.agent_type,
        operation_name=_IN_TRACES[operation],
    ) as span:
        metered = MeteredCall(
            services.pool,
            span,
            BudgetLimits.of(services.settings.budgets),
            request_id=agent.request_id,
            user_id=agent.user_id,
            agent_id=agent.agent_id,
            agent_type=agent.agent_type,
            operation=operation,
            model=agent.model,
            turn=turn,
            asks_user=asks_user,
        )
        asking = metered.ask(services.model, call)
        yield await while_leased(assignment.lease, services.ownership, asking), metered
