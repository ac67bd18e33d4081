"""Which model an agent asks: the one it was spawned for, or another while it has yet to begin."""

from dataclasses import replace

from psycopg import AsyncConnection

from handoffs.errors import StaleAgent
from handoffs.lifecycle import Agent
from handoffs.tokens import WorkingBudget
from telemetry.named_sql import statements

SQL = statements("handoffs", "agent_model.sql")


async def choose_model(
    connection: AsyncConnection, agent: Agent, model: str, budget: WorkingBudget
) -> Agent:
    """Let an agent that has yet to begin ask another model. Raises `StaleAgent`."""
    parameters = {
        "agent_id": agent.agent_id,
        "known_state": agent.state,
        "model": model,
        **budget.as_columns(),
    }
    done = await connection.execute(SQL["choose_model"], parameters)
    if done.rowcount == 0:
        raise StaleAgent(f"{agent.agent_id} is no longer {agent.state}")
    return replace(agent, model=model, budget=budget)
