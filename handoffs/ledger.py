"""The ledger: one row for every model call, failed and cancelled ones included."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from handoffs.tokens import Usage
from telemetry.named_sql import statements

SQL = statements("handoffs", "ledger.sql")


@dataclass(frozen=True, kw_only=True)
class Spend:
    """What calls have used. The cost is in USD, without the calls whose price is unknown."""

    calls: int
    usage: Usage
    known_cost_usd: Decimal
    unpriced_calls: int

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(
            calls=self.calls + other.calls,
            usage=self.usage + other.usage,
            known_cost_usd=self.known_cost_usd + other.known_cost_usd,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
        )

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost, or None while that of any call is unknown."""
        return None if self.unpriced_calls else self.known_cost_usd


async def record_call(
    connection: AsyncConnection,
    *,
    request_id: UUID,
    user_id: str,
    agent_id: str | None,
    operation: str,
    model: str,
    outcome: str,
    usage: Usage,
    cost_usd: Decimal | None,
    reservation_id: UUID | None = None,
    accounts: list[str] | None = None,
    spent: Decimal | None = None,
    turn: int | None = None,
    seconds: float | None = None,
) -> None:
    """Write one call down, unless it was before. Of a user who is forgotten nothing is written.

    `operation` is what the call was for (route, plan, turn, handoff); `outcome` is the stop reason
    or the class of the error. The cost is None where it is unknown. Of calls with one
    `reservation_id` only the first is written; what it `spent`, in USD, is booked on the budgets'
    `accounts`, and what was reserved on them for it is free again. It has just ended and took so
    many `seconds`; `turn` is which one of its agent's it was for.
    """
    parameters = {
        "request_id": request_id,
        "user_id": user_id,
        "agent_id": agent_id,
        "operation": operation,
        "model": model,
        "outcome": outcome,
        "cost_usd": cost_usd,
        "reservation_id": reservation_id,
        "accounts": accounts,
        "spent": spent,
        "turn": turn,
        "seconds": seconds,
        **asdict(usage),
    }
    await connection.execute(SQL["insert_call"], parameters)


async def load_spend(
    connection: AsyncConnection,
    *,
    request_id: UUID,
    agent_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Spend:
    """What the request has used so far, or one of its agents, `since` or `until` some time."""
    asked = {"request_id": request_id, "agent_id": agent_id, "since": since, "until": until}
    async with connection.cursor(row_factory=kwargs_row(_to_spend)) as cursor:
        await cursor.execute(SQL["sum_calls"], asked)
        return await cursor.fetchone() or _NOTHING


def _to_spend(*, calls: int, known_cost_usd: Decimal, unpriced_calls: int, **tokens: int) -> Spend:
    return Spend(
        calls=calls,
        usage=Usage(**tokens),
        known_cost_usd=known_cost_usd,
        unpriced_calls=unpriced_calls,
    )


_NOTHING = Spend(calls=0, usage=Usage(), known_cost_usd=Decimal(0), unpriced_calls=0)
