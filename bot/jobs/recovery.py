"""Takes jobs back from workers that died: killed, frozen or cut off from the database.

Every worker process looks every two seconds; a worker without a heartbeat for `stall_seconds` has
lost its jobs. It may still be alive, which is why runs are fenced (`bot.jobs.job_manager`).
"""

import asyncio
import logging

from procrastinate import App
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

# A job that takes its worker down each time must not do so for ever.
MAX_RUNS = 250

log = logging.getLogger(__name__)


async def sweep(queue: App, *, stall_seconds: float, every: float) -> None:
    """Recover stalled jobs every `every` seconds, until cancelled."""
    while True:
        for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=stall_seconds):
            await _recover(queue, job)
        await asyncio.sleep(every)


async def _recover(queue: App, job: Job) -> None:
    if job.attempts + 1 >= MAX_RUNS:
        log.error("job %s (%s) lost its worker %d times", job.id, job.task_name, MAX_RUNS)
        await queue.job_manager.finish_job(job, Status.FAILED, delete_job=False)
        return
    log.warning("job %s (%s) lost its worker and is queued again", job.id, job.task_name)
    try:
        await queue.job_manager.retry_job(job)
    except UniqueViolation:  # of a periodic task, whose next run waits behind this one
        await queue.job_manager.finish_job(job, Status.FAILED, delete_job=True)
