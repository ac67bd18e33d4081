"""What the log keeps of a build that has failed: where, by which agent, for which request.

Never what an error says: its text may quote the user or the model.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from telemetry.named_sql import statements
from telemetry.privacy import whereabouts

SQL = statements("bot.workflows", "failure_log.sql")

ATTEMPT_LIMIT = 6  # claims in a row without one stored turn between them

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Build:
    request_id: UUID
    attempts: int
    agents: str | None


async def record_failure(
    pool: AsyncConnectionPool[AsyncConnection], build_id: UUID, error: BaseException
) -> None:
    """Log for operators what ended the build."""
    async with pool.connection() as connection:
        await _record(connection, build_id, error, from_attempt=0)


async def record_last_attempt(
    pool: AsyncConnectionPool[AsyncConnection], build_id: UUID, error: BaseException
) -> None:
    """Log the error if the build will not be tried again after it."""
    async with pool.connection() as connection:
        await _record(connection, build_id, error, from_attempt=ATTEMPT_LIMIT)


async def _record(
    connection: AsyncConnection, build_id: UUID, error: BaseException, *, from_attempt: int
) -> None:
    async with connection.cursor(row_factory=class_row(_Build)) as cursor:
        await cursor.execute(
            SQL["describe_build"], {"build_id": build_id, "from_attempt": from_attempt}
        )
        build = await cursor.fetchone()
    if build is not None:
        log.error(
            "build %s failed for good at attempt %s: request %s, agent %s\n%s",
            build_id,
            build.attempts,
            build.request_id,
            build.agents or "none",
            whereabouts(error),
        )
