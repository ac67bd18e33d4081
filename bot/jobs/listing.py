"""Jobs for operators: what is queued, running and failed, and another chance for a failed one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from psycopg import AsyncConnection, Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from bot.errors import ActRefused
from bot.operating.audit import Action, Operator, note
from telemetry.named_sql import statements

SQL = statements("bot.jobs", "listing.sql")

Status = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborted"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, kw_only=True)
class ListedJob:
    """A job as operators see it. `attempts` counts the runs that have ended."""

    id: int
    queue: str
    task: str
    status: Status
    attempts: int
    lock: str | None
    scheduled_at: datetime | None
    started_at: datetime | None
    last_error: str | None


def list_jobs(
    connection: Connection,
    *,
    status: Status | None = None,
    queue: str | None = None,
    limit: int = 50,
) -> list[ListedJob]:
    """Return the newest jobs first, of one status and queue if asked."""
    with connection.cursor(row_factory=class_row(ListedJob)) as cursor:
        cursor.execute(SQL["list_jobs"], {"status": status, "queue": queue, "limit": limit})
        return cursor.fetchall()


async def retry_job(connection: AsyncConnection, job_id: int, by: Operator) -> None:
    """Queue a failed job again. Raises `ActRefused` if it is not a failed one."""
    async with connection.transaction():
        try:
            cursor = await connection.execute(SQL["retry_failed"], {"id": job_id})
        except UniqueViolation:  # of a periodic task one run waits at a time
            raise ActRefused(f"The next run of job {job_id} is queued already.") from None
        row = await cursor.fetchone()
        if row is None:
            raise ActRefused(f"There is no failed job {job_id}; see: textcrew jobs")
        await note(connection, by, Action.RETRY_JOB, row[0])
