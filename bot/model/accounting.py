"""Every attempt of a model call goes into the ledger, onto the span around it, and is counted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from decimal import Decimal
from functools import partial
from uuid import UUID

from logfire import LogfireSpan
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.database.outage import OUTAGE, outlasting
from bot.errors import BudgetQuestion
from bot.model.budgets import (
    BudgetLimits,
    Reservation,
    note_usage,
    reserved,
)
from bot.model.calls import Attempt, ModelAnswer, ModelCall
from bot.model.client import ModelClient
from bot.model.reckoning import cost_at_most, cost_of
from handoffs import ledger
from handoffs.tokens import TokenStatus, Usage
from telemetry.cost import price
from telemetry.metrics import record_model_response, record_tokens
from telemetry.spans import set_token_usage

NOTE_SECONDS = 0.2  # that a note of what is used so far waits for a connection

_bookings: set["asyncio.Task[None]"] = set()  # those under way; asyncio itself would forget them


async def booked(
    pool: AsyncConnectionPool[AsyncConnection],
    reservation: Reservation,
    book: Callable[[AsyncConnection], Awaitable[None]],
) -> None:
    """Let `book` write down what a call has cost, also if the asking task is cancelled meanwhile.

    The reservation counts as booked then.
    """
    booking = asyncio.create_task(outlasting(pool, book))
    _bookings.add(booking)
    booking.add_done_callback(_bookings.discard)
    await asyncio.shield(booking)
    reservation.is_booked = True


class MeteredCall:
    """One model call, kept within the budgets and written into the ledger.

    Made inside its `token_usage` span. Failed attempts are paid for too.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[AsyncConnection],
        span: LogfireSpan,
        limits: BudgetLimits,
        *,
        request_id: UUID,
        user_id: str,
        agent_id: str | None,
        agent_type: str,
        operation: str,
        model: str,
        turn: int | None = None,
        asks_user: bool = False,
    ) -> None:
        """`turn` is which one of the agent's it is; with `asks_user` no call is made that takes
        most of a user's budget.
        """
        self._pool = pool
        self._span = span
        self._limits = limits
        self._request_id = request_id
        self._user_id = user_id
        self._agent_id = agent_id
        self._agent_type = agent_type
        self._operation = operation
        self._model = model
        self._turn = turn
        self._asks_user = asks_user
        self._used = Usage()
        self._reservation: Reservation | None = None  # of the latest attempt
        self._cost: Decimal | None = Decimal(0)
        span.set_attribute("model", model)

    async def ask(self, model: ModelClient, call: ModelCall) -> ModelAnswer:
        """Make the call within the budgets.

        Raises `BudgetExhausted` or `BudgetQuestion` before it or before it is made again, and what
        `ModelClient.ask` raises.
        """
        return await model.ask(
            call,
            self._record,
            partial(self._within_budgets, cost_at_most(call)),
            self._note_usage,
        )

    @asynccontextmanager
    async def _within_budgets(self, amount: Decimal) -> AsyncIterator[None]:
        """Reserve for one attempt; what it did cost is booked with it."""
        async with reserved(
            self._pool,
            self._limits,
            request_id=self._request_id,
            user_id=self._user_id,
            amount=amount,
        ) as reservation:
            if self._asks_user and reservation.is_nearly_used_up:
                raise BudgetQuestion(reservation.fullest)
            self._reservation = reservation
            yield

    async def _record(self, attempt: Attempt) -> None:
        usage = attempt.usage
        record_tokens(agent_type=self._agent_type, model=self._model, **usage.kinds)
        if attempt.answered:
            record_model_response(
                agent_type=self._agent_type, model=self._model, seconds=attempt.seconds
            )
        self._used += usage
        cost = price(self._model, **usage.kinds)
        self._cost = None if cost is None or self._cost is None else self._cost + cost
        self._tell(None)
        assert self._reservation is not None  # every attempt has one
        book = partial(self._book, self._reservation, attempt, cost)
        await booked(self._pool, self._reservation, book)

    async def _note_usage(self, usage: Usage) -> None:
        """Let those who watch see how the call comes along.

        It waits for no connection: the next second tells more, and the end tells all.
        """
        assert self._reservation is not None  # every attempt has one
        with suppress(*OUTAGE):
            async with self._pool.connection(timeout=NOTE_SECONDS) as connection:
                await note_usage(
                    connection,
                    self._reservation,
                    agent_id=self._agent_id,
                    model=self._model,
                    usage=usage,
                )

    async def _book(
        self,
        reservation: Reservation,
        attempt: Attempt,
        cost: Decimal | None,
        connection: AsyncConnection,
    ) -> None:
        """Write the attempt into the ledger, and what it cost into the budgets."""
        await ledger.record_call(
            connection,
            request_id=self._request_id,
            user_id=self._user_id,
            agent_id=self._agent_id,
            operation=self._operation,
            model=self._model,
            outcome=attempt.outcome,
            usage=attempt.usage,
            cost_usd=cost,
            reservation_id=reservation.reservation_id,
            accounts=reservation.accounts,
            spent=cost_of(self._model, attempt.usage),
            turn=self._turn,
            seconds=attempt.seconds,
        )

    def note_status(self, status: TokenStatus) -> None:
        """Tell on the span how full the agent's context is now."""
        self._tell(status)

    def _tell(self, status: TokenStatus | None) -> None:
        set_token_usage(
            self._span,
            **asdict(self._used),
            cost_usd=self._cost,
            usage_percentage=None if status is None else status.usage_percentage,
            remaining_tokens=None if status is None else status.remaining_tokens,
            threshold_status=None if status is None else status.threshold.value,
        )
