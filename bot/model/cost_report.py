"""What a user's requests have cost, as the user asks about it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.model", "cost_report.sql")


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What model calls have cost, in USD, and how many of them have no known price.

    `scope` is ever, today or project.
    """

    scope: str
    known_cost_usd: Decimal
    unpriced_calls: int


async def list_spending(
    connection: AsyncConnection, user_id: str, project_id: UUID | None
) -> dict[str, Spent]:
    """A user's spending by scope; `today` is of this day in UTC."""
    async with connection.cursor(row_factory=class_row(Spent)) as cursor:
        await cursor.execute(SQL["sum_costs"], {"user_id": user_id, "project_id": project_id})
        return {spent.scope: spent for spent in await cursor.fetchall()}
