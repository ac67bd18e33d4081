"""What Procrastinate lacks for our promises: fencing, and a fetch that survives a lost race.

Measured with procrastinate 3.10: a worker that froze, lost its job to recovery and came back could
finish the job that runs elsewhere and free its lock. `attempts` grows with every retry and every
finish, so it tells whose run is the current one.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from telemetry.named_sql import statements

SQL = statements("bot.jobs", "job_manager.sql")
log = logging.getLogger(__name__)


class FencedJobManager(JobManager):
    """Ends and retries a job only for the run that holds it."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take the next job, or None; losing the race for a lock counts as none."""
        try:
            return await super().fetch_job(queues=queues, worker_id=worker_id)
        except UniqueViolation:
            return None

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """End the job, unless another run has it."""
        await self._fenced(SQL["finish_own"], job, status=status.value, delete_job=delete_job)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Queue the job again, unless another run has it."""
        # Procrastinate has added the wait to this process's clock; the database adds it to its own.
        wait = retry_at - datetime.now(UTC) if retry_at else timedelta()
        await self._fenced(
            SQL["retry_own"],
            job,
            retry_in=max(wait, timedelta()),
            priority=priority,
            queue=queue,
            lock=lock,
        )

    async def _fenced(self, statement: LiteralString, job: Job, **values: Any) -> None:
        rows = await self.connector.execute_query_all_async(
            query=statement, id=job.id, attempts=job.attempts, **values
        )
        if not rows:
            log.warning("job %s was taken over by another run; this one changes nothing", job.id)
