"""A build that failed or was stopped goes on, and behind it what was stopped with it.

A stop ends all that was asked of an app, and "try again" takes all of it up: what had begun first,
then in its turn what was queued behind that, each in the name of a request of its own.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.projects.history import take_up
from bot.requests.lifecycle import begin_work, show_opened
from bot.requests.states import RequestType
from telemetry.named_sql import statements
from telemetry.root import mint_root

SQL = statements("bot.builds", "going_on.sql")


@dataclass(frozen=True, kw_only=True)
class RetriedBuild:
    """A build that goes on, by the job of that id; `request_id` is the build's own."""

    request_id: UUID
    project_id: UUID
    title: str
    job_id: int


async def let_go_on(
    connection: AsyncConnection, build_id: UUID, *, request_id: UUID
) -> RetriedBuild | None:
    """Queue the build again, in the name of `request_id`, with what it had written.

    None if it is none that failed or was stopped.
    """
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["list_stopped_with"], {"build_id": build_id})
        behind: list[UUID] = await cursor.fetchall()
    retried = await _queue_again(connection, build_id, request_id)
    if retried is None:
        return None
    await take_up(connection, retried.project_id, retried.request_id)
    for other in behind:
        await _queue_again(connection, other, await _open_beside(connection, request_id))
    return retried


async def open_for_words(connection: AsyncConnection, request_id: UUID) -> UUID:
    """A request beside that one, to which all belongs from now on that was said in that."""
    beside = await _open_beside(connection, request_id)
    await connection.execute(SQL["move_words"], {"request_id": request_id, "beside": beside})
    return beside


async def _queue_again(
    connection: AsyncConnection, build_id: UUID, request_id: UUID
) -> RetriedBuild | None:
    async with connection.cursor(row_factory=class_row(RetriedBuild)) as cursor:
        await cursor.execute(SQL["retry_build"], {"build_id": build_id, "request_id": request_id})
        retried = await cursor.fetchone()
    if retried is not None:
        await begin_work(connection, request_id, RequestType.RETRY, retried.project_id)
    return retried


async def _open_beside(connection: AsyncConnection, request_id: UUID) -> UUID:
    """A request beside that one, visible in its trace.

    That is before the commit: where none follows, its trace stays open.
    """
    root = mint_root()
    ids = {"request_id": request_id, "trace_id": root.trace_id, "span_id": root.span_id}
    ((opened,),) = await (await connection.execute(SQL["open_beside"], ids)).fetchall()
    assert isinstance(opened, UUID)
    await show_opened(connection, opened)
    return opened
