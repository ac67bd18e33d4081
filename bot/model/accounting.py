"""Every model call goes into the ledger, and into the span around it."""

from dataclasses import asdict
from uuid import UUID

from logfire import LogfireSpan
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.model.calls import RecordAttempt
from handoffs import ledger
from handoffs.tokens import TokenStatus, Usage
from telemetry.cost import price
from telemetry.spans import set_token_usage


def into_ledger(
    pool: AsyncConnectionPool[AsyncConnection],
    *,
    request_id: UUID,
    user_id: str,
    agent_id: str | None,
    operation: str,
    model: str,
) -> RecordAttempt:
    """What to hand to `ModelClient.ask`, so that each attempt becomes a row of the ledger."""

    async def record(outcome: str, usage: Usage) -> None:
        async with pool.connection() as connection:
            await ledger.record_call(
                connection,
                request_id=request_id,
                user_id=user_id,
                agent_id=agent_id,
                operation=operation,
                model=model,
                outcome=outcome,
                usage=usage,
            )

    return record


def note_usage(
    span: LogfireSpan, model: str, usage: Usage, status: TokenStatus | None = None
) -> None:
    """Tell on a `token_usage` span what the call used and how full the agent's context is."""
    set_token_usage(
        span,
        **asdict(usage),
        cost_usd=price(model, **asdict(usage)),
        usage_percentage=None if status is None else status.usage_percentage,
        remaining_tokens=None if status is None else status.remaining_tokens,
        threshold_status=None if status is None else status.threshold.value,
    )
