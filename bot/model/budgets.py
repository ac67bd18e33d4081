"""Budgets: what a call may cost at most is reserved before it, what it did cost is booked after.

A request has a budget, a user has one for each day (UTC), and so have all together. A call that
might go beyond any of them is not made. So the limits hold however many calls run at once.

A call is booked where it enters the ledger, in one transaction, so the accounts are the ledger's
sums. What a dead worker had reserved is given back by the next run of its work, or by the sweep.

What a call may cost, also where its price is unknown, is `bot.model.reckoning`'s.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from bot.database.outage import outlasting
from bot.database.together import Asked, all_of
from bot.errors import BudgetExhausted
from bot.settings.groups import BudgetSettings
from handoffs.tokens import Usage
from telemetry.named_sql import statements

SQL = statements("bot.model", "budgets.sql")

ASK_AT = Decimal("0.8")  # the share of a budget at which a user is asked
CALL_SECONDS = 3_600.0  # after that a reservation belongs to a worker that is gone

_SCOPES = ("request", "user_day", "total_day")


@dataclass(frozen=True, kw_only=True)
class BudgetLimits:
    """The budgets in USD."""

    request: Decimal
    user_day: Decimal
    total_day: Decimal

    def limit_of(self, scope: str) -> Decimal:
        """The budget of that scope."""
        return {"request": self.request, "user_day": self.user_day}.get(scope, self.total_day)

    @classmethod
    def of(cls, budgets: BudgetSettings) -> "BudgetLimits":
        """Those that are set."""
        return cls(
            request=budgets.request_usd,
            user_day=budgets.user_daily_usd,
            total_day=budgets.total_daily_usd,
        )


@dataclass(frozen=True, kw_only=True)
class BudgetSpent:
    """What is booked of a budget, and by how much that is raised, in USD.

    `is_estimate` where calls are in it whose price is unknown: it is hardly more than that.
    """

    spent: Decimal
    raised: Decimal
    is_estimate: bool


@dataclass(kw_only=True)
class Reservation:
    """Money that is set aside for a call until the ledger books what that did cost.

    `share` is how much of the user's fullest budget is taken with it, from 0 to 1; `fullest` says
    which one that is, request or user_day. Once the call `is_booked` there is nothing to release.
    """

    reservation_id: UUID
    accounts: list[str]
    share: Decimal
    fullest: str
    is_booked: bool = False

    @property
    def is_nearly_used_up(self) -> bool:
        """Whether the user is to be asked before it goes on."""
        return self.share >= ASK_AT


@asynccontextmanager
async def reserved(
    pool: AsyncConnectionPool[AsyncConnection],
    limits: BudgetLimits,
    *,
    request_id: UUID,
    user_id: str,
    amount: Decimal,
) -> AsyncIterator[Reservation]:
    """Hold `amount` USD back while a call is made; what nobody booked then is given back.

    Raises `BudgetExhausted` if a budget has no room for it; then nothing was reserved.
    """
    reservation = await _reserve(pool, limits, request_id, user_id, amount)
    try:
        yield reservation
    finally:
        if not reservation.is_booked:
            await outlasting(pool, partial(_release, reservation=reservation))


async def _release(connection: AsyncConnection, reservation: Reservation) -> None:
    values = {"reservation_id": reservation.reservation_id, "accounts": reservation.accounts}
    await connection.execute(SQL["release"], values)


async def note_usage(
    connection: AsyncConnection,
    reservation: Reservation,
    *,
    agent_id: str | None,
    model: str,
    usage: Usage,
) -> None:
    """Tell what the call that a reservation is for has used so far."""
    await connection.execute(
        SQL["note_usage"],
        {
            "reservation_id": reservation.reservation_id,
            "agent_id": agent_id,
            "model": model,
            **usage.kinds,
        },
    )


async def release_of_earlier_runs(connection: AsyncConnection, request_id: UUID) -> None:
    """Give back what earlier runs of a request's work held; for a run that begins."""
    await connection.execute(SQL["release_of_request"], {"request_id": request_id})


def asked_to_release(request_id: UUID) -> Asked[tuple[object, ...]]:
    """Asks for the same where the request's message is to be read, and nothing is built for it."""
    return Asked(SQL["release_of_reading"], {"request_id": request_id}, all_of)


async def release_orphaned(connection: AsyncConnection) -> int:
    """Give back what is held for work that nobody does, or for too long; returns how many.

    Where somebody did it after all, it is booked when their call ends.
    """
    cursor = await connection.execute(SQL["find_orphaned"])
    orphaned = await cursor.fetchall()
    for reservation_id, accounts in orphaned:
        values = {"reservation_id": reservation_id, "accounts": accounts}
        await connection.execute(SQL["release"], values)
    return len(orphaned)


async def spent_so_far(
    connection: AsyncConnection, scope: str, *, request_id: UUID, user_id: str
) -> BudgetSpent:
    """What is booked of a request's budget or of a user's for today.

    What is only reserved for a call under way does not count: that may turn out to cost less.
    """
    async with connection.cursor(row_factory=class_row(BudgetSpent)) as cursor:
        await cursor.execute(
            SQL["find_spent"], {"scope": scope, "request_id": request_id, "user_id": user_id}
        )
        spent = await cursor.fetchone()
    assert spent is not None  # sums
    return spent


def hours_until_renewed(now: datetime) -> int:
    """In how many hours, at least one, the day (UTC) is over whose budgets are used up."""
    this = now.astimezone(UTC)
    midnight = datetime.combine(this.date() + timedelta(days=1), time(), UTC)
    return math.ceil((midnight - this) / timedelta(hours=1))


async def raise_for_today(connection: AsyncConnection, user_id: str, amount: Decimal) -> Decimal:
    """Let a user have `amount` USD more until the day (UTC) ends; returns all that was added."""
    cursor = await connection.execute(
        SQL["raise_for_today"], {"user_id": user_id, "amount": amount}
    )
    row = await cursor.fetchone()
    assert row is not None  # it always writes
    return Decimal(row[0])


async def _reserve(
    pool: AsyncConnectionPool[AsyncConnection],
    limits: BudgetLimits,
    request_id: UUID,
    user_id: str,
    amount: Decimal,
) -> Reservation:
    parameters = {
        "request_id": request_id,
        "user_id": user_id,
        "limits": [limits.request, limits.user_day, limits.total_day],
        "amount": amount,
        "seconds": CALL_SECONDS,
    }
    async with pool.connection() as connection:
        row = await (await connection.execute(SQL["reserve"], parameters)).fetchone()
    assert row is not None  # a function always answers
    reservation_id, refused, share, fullest, accounts = row
    if reservation_id is None:
        raise BudgetExhausted(_SCOPES[refused - 1])
    return Reservation(
        reservation_id=reservation_id,
        accounts=accounts,
        share=share,
        fullest=_SCOPES[fullest - 1],
    )
