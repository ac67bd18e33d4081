"""What Procrastinate lacks for our promises: fencing, ends of jobs that are noted for certain, a
fetch that survives a lost race, and periodic tasks by the database's clock.

Measured with procrastinate 3.10: a worker that froze, lost its job to recovery and came back could
finish the job that runs elsewhere and free its lock. `attempts` grows with every retry and every
finish, so it tells whose run is the current one.

Nor does Procrastinate look whether the end of a job was noted. One connection may be lost, or one
statement cancelled, while all else goes on: the job would be held by a worker that lives, and all
behind its lock would wait.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.periodic import PeriodicRegistry, PeriodicTask

from bot.database.outage import BETWEEN_TRIES, OUTAGE, PATIENCE
from bot.jobs.admission import IsBehind, fetch_in_turn
from telemetry.named_sql import statements

SQL = statements("bot.jobs", "job_manager.sql")
log = logging.getLogger(__name__)


class FencedJobManager(JobManager):
    """Ends and retries a job only for the run that holds it, and defers what is due there."""

    def __init__(
        self, connector: BaseConnector, periodic: PeriodicRegistry, is_behind: IsBehind
    ) -> None:
        super().__init__(connector)
        self._periodic = periodic
        self._is_behind = is_behind
        self._lost_end: ConnectorException | None = None

    async def defer_periodic_job(
        self, job: Job, periodic_id: str, defer_timestamp: int
    ) -> int | None:
        """Queue the run that is due by the database's clock, unless that was done; returns its id.

        A worker whose own clock is wrong, or was put right, so neither repeats a run nor keeps
        another worker from it.
        """
        told = await self.connector.execute_query_one_async(query=SQL["database_time"])
        periodic = self._periodic.periodic_tasks[job.task_name, periodic_id]
        due = nearest_run(periodic, told["seconds"])
        if due != defer_timestamp:
            log.debug(
                "%s is due %s s from what this clock says", job.task_name, due - defer_timestamp
            )
        return await super().defer_periodic_job(
            job.evolve(task_kwargs={**job.task_kwargs, "timestamp": due}), periodic_id, due
        )

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take the next job, or None; losing the race for a lock counts as none."""
        take = super().fetch_job

        async def fetch(queues: Iterable[str]) -> Job | None:
            try:
                return await take(queues=queues, worker_id=worker_id)
            except UniqueViolation:
                return None

        return await fetch_in_turn(fetch, list(queues or ()), self._is_behind)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Give a sign of life; raises what the end of a job was lost to, upon which lanes end."""
        if self._lost_end is not None:
            raise self._lost_end
        await super().update_heartbeat(worker_id)

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
        """Queue the job again, unless another run has it; `lock` is the kind of the new one."""
        # Procrastinate has added the wait to this process's clock; the database adds it to its own.
        wait = retry_at - datetime.now(UTC) if retry_at else timedelta()
        await self._fenced(
            SQL["retry_own"],
            job,
            retry_in=max(wait, timedelta()),
            priority=priority,
            queue=queue,
            lock_kind=lock,
        )

    async def _fenced(self, statement: LiteralString, job: Job, **values: Any) -> None:
        if not await self._execute_until_answered(statement, job, **values):
            log.warning("job %s has ended, or another run has it; this one changes nothing", job.id)

    async def _execute_until_answered(
        self, statement: LiteralString, job: Job, **values: Any
    ) -> list[Any]:
        """Repeat a fenced statement until it is answered; nothing is done twice.

        Raises `ConnectorException` after `PATIENCE`, and has the lanes end and start over.
        """
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                return await self.connector.execute_query_all_async(
                    query=statement, id=job.id, attempts=job.attempts, **values
                )
            except ConnectorException as error:
                if not isinstance(error.__cause__, OUTAGE):
                    raise
                if time.monotonic() > give_up_at:
                    log.error("job %s has ended, and that cannot be noted", job.id)
                    self._lost_end = error
                    raise
            await asyncio.sleep(BETWEEN_TRIES)


def nearest_run(periodic: PeriodicTask[Any, Any, Any], now: float) -> int:
    """The time of the run that is meant at `now`: a clock may be a little slow or fast."""
    own: PeriodicTask[Any, Any, Any] = PeriodicTask(  # one that nobody else iterates over
        periodic.task, periodic.cron, periodic.periodic_id, periodic.configure_kwargs
    )
    before: int = round(own.croniter.get_prev(ret_type=float, start_time=now))
    after: int = round(own.croniter.get_next(ret_type=float, start_time=now))
    return after if after - now < now - before else before
