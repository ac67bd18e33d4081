"""The end of a request: what it was as a whole, told by its root span and counted in the metrics.

It closes when its work has ended, its last message is out and its last model call is booked, in
whichever process that happens.
"""

from dataclasses import dataclass
from uuid import UUID

from opentelemetry.trace import SpanContext
from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.requests.lifecycle import Request
from bot.requests.states import RequestType, WorkEnd
from handoffs.ledger import Spend, load_spend
from telemetry import genai, privacy, root
from telemetry.metrics import record_request_cost
from telemetry.named_sql import statements

SQL = statements("bot.requests", "closing.sql")

UNREADABLE = "unreadable"  # a request that failed before there was a build: nobody could read it


async def close_if_finished(connection: AsyncConnection, request_id: UUID) -> None:
    """Emit the root span if the work has ended, the last message is out and all calls are booked.

    That is before the commit, so a process that dies here leaves it to the next one.
    """
    async with connection.transaction():
        async with connection.cursor(row_factory=class_row(Request)) as cursor:
            await cursor.execute(SQL["close_request"], {"request_id": request_id})
            request = await cursor.fetchone()
        if request is None:
            return
        closed = await _sum_up(connection, request)
        closed.emit_root(preview=await _preview(connection, request_id))
    closed.record_cost()


async def close_others(
    connection: AsyncConnection, user_id: str, request_id: UUID
) -> list["ClosedRequest"]:
    """Close all other requests of a user who is forgotten, before their rows go.

    It is for the caller to emit the roots, once nothing is left to do that may fail.
    """
    values = {"user_id": user_id, "request_id": request_id}
    async with connection.cursor(row_factory=class_row(Request)) as cursor:
        await cursor.execute(SQL["await_arrivals"], values)
        await cursor.execute(SQL["close_others"], values)
        return [await _sum_up(connection, request) for request in await cursor.fetchall()]


@dataclass(frozen=True, kw_only=True)
class ClosedRequest:
    """A request that has ended, with what is told of it as a whole."""

    request: Request
    spend: Spend
    continued: "_Continued | None"
    failure: str | None

    def emit_root(self, *, preview: str | None = None) -> None:
        """Emit the root span, with a `preview` of the user's words where that is allowed."""
        request, continued = self.request, self.continued
        assert request.closed_at is not None
        cost = self.spend.cost_usd
        root.emit(
            request.root,
            ended_at=request.closed_at,
            attributes={
                "user_id": request.user_id,
                "request_id": str(request.request_id),
                "conversation_id": str(request.conversation_id),
                **genai.conversation(str(request.conversation_id)),
                "project_id": str(request.project_id) if request.project_id else None,
                "platform": request.platform,
                "request_type": self._request_type,
                "request_length": request.request_length,
                "request_preview": preview,
                "request_status": request.status,
                "failure_reason": self.failure,
                "continues_request_id": str(continued.request_id) if continued else None,
                "request_tokens": self.spend.usage.total,
                "request_cost_usd": None if cost is None else float(cost),
            },
            error=self.failure and f"the request failed: {self.failure}",
            continues=continued.root if continued else None,
        )

    def record_cost(self) -> None:
        """Count what it has cost."""
        record_request_cost(request_type=self._request_type, cost_usd=self.spend.cost_usd)

    @property
    def _request_type(self) -> str:
        return self.request.request_type or RequestType.UNREAD


async def _sum_up(connection: AsyncConnection, request: Request) -> ClosedRequest:
    failed = request.status == WorkEnd.FAILED
    return ClosedRequest(
        request=request,
        spend=await _spend_of(connection, request),
        continued=await _find_continued(connection, request.request_id),
        failure=await _find_failure(connection, request.request_id) if failed else None,
    )


async def _spend_of(connection: AsyncConnection, request: Request) -> Spend:
    """What it has used; where a build goes on in its name, with what that has used since."""
    cursor = await connection.execute(SQL["find_next_to_close"], {"request_id": request.request_id})
    ((until,),) = await cursor.fetchall()
    own = await load_spend(connection, request_id=request.request_id, until=until)
    cursor = await connection.execute(SQL["find_taken_up"], {"request_id": request.request_id})
    taken_up = await cursor.fetchone()
    if taken_up is None:
        return own
    since = request.accepted_at
    return own + await load_spend(connection, request_id=taken_up[0], since=since, until=until)


@dataclass(frozen=True, kw_only=True)
class _Continued:
    """The request that another one goes on from."""

    request_id: UUID
    trace_id: str
    span_id: str

    @property
    def root(self) -> SpanContext:
        return root.span_context(self.trace_id, self.span_id)


async def _find_continued(connection: AsyncConnection, request_id: UUID) -> _Continued | None:
    async with connection.cursor(row_factory=class_row(_Continued)) as cursor:
        await cursor.execute(SQL["find_continued"], {"request_id": request_id})
        return await cursor.fetchone()


async def _find_failure(connection: AsyncConnection, request_id: UUID) -> str:
    """Why a request failed: the kind of error that ended its build, never what that says."""
    cursor = await connection.execute(SQL["find_failure"], {"request_id": request_id})
    found = await cursor.fetchone()
    return found[0] if found else UNREADABLE


async def _preview(connection: AsyncConnection, request_id: UUID) -> str | None:
    if not privacy.content_is_allowed():
        return None
    cursor = await connection.execute(SQL["load_words"], {"request_id": request_id})
    words = await cursor.fetchone()
    return privacy.preview(words[0]) if words else None
