"""Budgets as tests spend them: what was reserved is booked without a call in the ledger."""

from decimal import Decimal

from psycopg import AsyncConnection

from bot.model.budgets import Reservation

SETTLE = "SELECT settle_budget(%(reservation_id)s, %(accounts)s, %(spent)s)"


async def settle(connection: AsyncConnection, reservation: Reservation, spent: Decimal) -> None:
    """End a reservation and book what was `spent`, in USD, as the ledger does with its call."""
    await connection.execute(
        SETTLE,
        {
            "reservation_id": reservation.reservation_id,
            "accounts": reservation.accounts,
            "spent": spent,
        },
    )
