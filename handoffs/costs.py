"""The ledger summed up for operators: what was used by whom, and what that cost."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal, get_args

from psycopg import Connection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("handoffs", "costs.sql")

Dimension = Literal["request", "user", "agent", "model", "day"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The model calls of one request, user, agent, model or day (UTC); tokens of all four kinds.

    `thinking_tokens` are those of the output that went into thinking.

    `cost_usd` is None if the price of any call is unknown; `known_cost_usd` is what the others
    cost, None if there are none.
    """

    key: str
    calls: int
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int
    known_cost_usd: Decimal | None
    unpriced_calls: int
    cost_usd: Decimal | None


def list_costs(connection: Connection, by: Dimension, *, last: timedelta | None) -> list[Cost]:
    """Sum up all calls, or those of the `last` so long: days in their order, else dearest first.

    A call of no agent, such as reading a message, counts as the agent `router`.
    """
    with connection.cursor(row_factory=class_row(Cost)) as cursor:
        return cursor.execute(SQL["sum_by"], {"by": by, "last": last}).fetchall()
