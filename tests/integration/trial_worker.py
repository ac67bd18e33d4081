"""A worker process for tests: the product's own, with tasks that only note what happens.

`python -m tests.integration.trial_worker STALL DRAIN POLL [ONLY]` with seconds as in `Timings`, the
kind of worker, and settings in the environment.
"""

import asyncio
import os
import sys
from unittest import mock

from procrastinate import App, JobContext

from bot.errors import OwnershipLost
from bot.jobs import admission, job_manager
from bot.jobs.retries import JobBackoff
from bot.jobs.tasks import remove_succeeded, services
from bot.jobs.timings import Timings
from bot.jobs.worker import run_worker
from bot.settings.loading import load_settings

RETRY = JobBackoff(attempts=2, first=0.1, longest=1, outage_attempts=20)


async def note(context: JobContext, number: int, event: str) -> None:
    """Write down what happened, and where."""
    async with services(context).pool.connection() as connection:
        await connection.execute(
            "INSERT INTO noted (lock, number, event, pid) VALUES (%s, %s, %s, %s)",
            [context.job.lock, number, event, os.getpid()],
        )


async def work(context: JobContext, number: int, seconds: float = 0, *, held: bool = False) -> None:
    """Take a while, or until this process is let go on with it."""
    await note(context, number, "start")
    await asyncio.sleep(seconds)
    if held:
        await until_released(context, number)
    await note(context, number, "end")


async def until_released(context: JobContext, number: int) -> None:
    """Wait until the test lets this process end the work."""
    async with services(context).pool.connection() as connection:
        await connection.set_autocommit(True)
        cursor = connection.cursor()
        statement = "SELECT FROM released WHERE number = %s AND pid = %s"
        while not (await cursor.execute(statement, [number, os.getpid()])).rowcount:
            await connection.execute("SELECT pg_sleep(0.02)")


async def break_down(context: JobContext, number: int) -> None:
    """Fail."""
    await note(context, number, "start")
    raise ZeroDivisionError


async def lose(context: JobContext, number: int) -> None:
    """Find out that another run owns the work."""
    await note(context, number, "start")
    raise OwnershipLost


def register(queue: App) -> None:
    """Make the trial's tasks known."""
    for function in (work, break_down, lose):
        queue.task(queue="conversation", name=function.__name__, pass_context=True, retry=RETRY)(
            function
        )
    hourly = queue.task(queue="maintenance", pass_context=True)(remove_succeeded)
    queue.periodic(cron="17 * * * *")(hourly)


if __name__ == "__main__":
    stall, drain, poll = map(float, sys.argv[1:4])
    only = sys.argv[4] if len(sys.argv) > 4 else None
    timings = Timings(stall=stall, drain=drain, heartbeat=0.3, sweep=0.3, poll=poll, longest_wait=1)
    with (
        mock.patch.object(job_manager, "PATIENCE", 2.0),
        mock.patch.object(admission, "LONGEST", 600.0),
    ):
        asyncio.run(run_worker(load_settings(), only=only, register=register, timings=timings))
