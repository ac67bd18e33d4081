"""What is swept up regularly: builds that no job works on, agents whose build ended without them.

Both are rare: a job that failed for good, a row that an operator changed by hand.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.builds.builds import is_any_queued
from bot.builds.questions import release_queue
from bot.delivery.outbox import enqueue
from bot.languages.i18n import use_locale
from bot.messages import failure_texts
from bot.messages.kinds import MessageKind
from bot.projects.history import save_draft
from bot.requests.lifecycle import end_work
from bot.requests.states import WorkEnd
from handoffs import lifecycle
from handoffs.errors import StaleAgent
from handoffs.lifecycle import TerminationReason
from telemetry.named_sql import statements

SQL = statements("bot.workflows", "reaper.sql")


@dataclass(frozen=True, kw_only=True)
class _AbandonedBuild:
    user_id: str
    request_id: UUID
    current_request_id: UUID
    project_id: UUID
    language: str | None


async def end_abandoned_builds(connection: AsyncConnection) -> int:
    """End the builds that nobody will bring on, and tell their users; returns how many."""
    async with connection.transaction():
        async with connection.cursor(row_factory=class_row(_AbandonedBuild)) as cursor:
            await cursor.execute(SQL["abandon_builds"])
            builds = await cursor.fetchall()
        for build in builds:
            await save_draft(connection, build.project_id, build.request_id)
            await release_queue(connection, build.project_id)
            is_next_queued = await is_any_queued(connection, build.project_id)
            with use_locale(build.language):
                await enqueue(
                    connection,
                    user_id=build.user_id,
                    request_id=build.current_request_id,
                    kind=MessageKind.FAILED,
                    body=failure_texts.failed(failure_texts.FAILED, is_next_queued=is_next_queued),
                )
            await end_work(connection, build.current_request_id, WorkEnd.FAILED)
    return len(builds)


async def end_leftover_agents(connection: AsyncConnection) -> int:
    """Terminate the agents that outlived their build; returns how many."""
    cursor = await connection.execute(SQL["find_leftover_agents"])
    leftover = [await lifecycle.load_agent(connection, row[0]) for row in await cursor.fetchall()]
    ended = 0
    for agent in leftover:
        if agent is None or agent.terminated_at is not None:
            continue
        try:
            await lifecycle.terminate_agent(connection, agent, TerminationReason.RESOURCE_CLEANUP)
        except StaleAgent:
            continue  # another worker's sweep was faster
        ended += 1
    return ended
