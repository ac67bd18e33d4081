"""Builds that hang: nothing of them has come on for longer than anything takes.

Whatever holds them may not even be possible to cancel. The build changes hands: its job is queued
again for another run, and the one that hangs owns nothing any more and can write nothing. Its user
may have stopped the build before that; then the run that hangs only keeps the lane of its app.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.workflows", "stalled_builds.sql")

FREED_AFTER = 60.0  # seconds that a run has to end once its build was stopped

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Stalled:
    build_id: UUID
    request_id: UUID
    phase: str
    agents: str | None
    seconds: float


async def take_up_stalled(connection: AsyncConnection, *, after: float) -> int:
    """Take builds up again that showed no sign of life for `after` seconds; returns how many."""
    async with connection.cursor(row_factory=class_row(_Stalled)) as cursor:
        await cursor.execute(SQL["take_up_stalled"], {"after": after})
        stalled = await cursor.fetchall()
    for build in stalled:
        log.error(
            "build %s showed no sign of life for %.0f s in phase %s and is taken up again:"
            " request %s, agents %s",
            build.build_id,
            build.seconds,
            build.phase,
            build.request_id,
            build.agents or "none",
        )
    return len(stalled)


async def free_lanes(connection: AsyncConnection, *, after: float = FREED_AFTER) -> int:
    """Take their jobs from runs that hang though their build was stopped `after` seconds ago.

    Returns how many.
    """
    cursor = await connection.execute(SQL["free_lanes"], {"after": after})
    hung = await cursor.fetchall()
    for build_id, request_id in hung:
        log.error(
            "a run of build %s did not end when that was stopped; its app waits no more for it:"
            " request %s",
            build_id,
            request_id,
        )
    return len(hung)
