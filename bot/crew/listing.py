"""Agents for operators: where each is in its life, how full its context is, what it spent."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import kwargs_row

from bot.database.id_ranges import ids_beginning
from handoffs.tokens import BUDGET_COLUMNS, WorkingBudget
from telemetry.named_sql import statements

SQL = statements("bot.crew", "listing.sql")


@dataclass(frozen=True, kw_only=True)
class AgentFilter:
    """Which agents to list; what is None does not matter. A request's id may be cut short."""

    agent_type: str | None = None
    state: str | None = None
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    since: datetime | None = None
    alive_only: bool = False


@dataclass(frozen=True, kw_only=True)
class ListedAgent:
    """An agent as operators see it.

    `context` is how full its context was at the last call; `tokens` and `cost_usd` are of all its
    calls by the ledger, without the calls whose price is unknown.
    """

    agent_id: str
    agent_type: str
    version: int
    state: str
    threshold: str
    request_id: UUID
    user_id: str
    project_id: UUID | None
    model: str
    occupancy: int
    working_budget: int
    usage_percentage: float
    remaining_tokens: int
    calls: int
    tokens: int
    cost_usd: Decimal | None
    continuation_mode: str
    predecessor_agent_id: str | None
    spawned_at: datetime
    terminated_at: datetime | None
    termination_reason: str | None

    @property
    def context(self) -> str:
        """How full the context is, for a table."""
        return f"{self.usage_percentage:.0f} % of {self.working_budget // 1000}k"

    @property
    def ended(self) -> str:
        """Why it ended, or nothing while it lives."""
        return self.termination_reason or ""

    @property
    def cost(self) -> str:
        """What its calls cost."""
        return "" if self.cost_usd is None else f"${self.cost_usd:.4f}"


def list_agents(connection: Connection, which: AgentFilter, *, limit: int) -> list[ListedAgent]:
    """The agents that fit, newest first."""
    first = last = None
    if which.request_id is not None:
        if (bounds := ids_beginning(which.request_id)) is None:
            return []
        first, last = bounds
    parameters = {
        **vars(which),
        "first_request": first,
        "last_request": last,
        "limit": limit,
    }
    with connection.cursor(row_factory=kwargs_row(_to_agent)) as cursor:
        return cursor.execute(SQL["list_agents"], parameters).fetchall()


def _to_agent(
    *,
    occupancy: int,
    **columns: Any,
) -> ListedAgent:
    budget = WorkingBudget.from_columns(columns)
    for name in BUDGET_COLUMNS:
        del columns[name]
    status = budget.status(occupancy)
    return ListedAgent(
        occupancy=occupancy,
        working_budget=budget.limit,
        usage_percentage=status.usage_percentage,
        remaining_tokens=status.remaining_tokens,
        **columns,
    )
