"""Periodic tasks run by the database's clock, once, whatever the workers' own clocks show."""

import time

import pytest
from procrastinate import App, JobContext
from procrastinate.periodic import PeriodicDeferrer
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.jobs.queue import make_queue

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

HOUR = 3600
OFFSETS = (0, 7 * HOUR, -7 * HOUR, 400 * 24 * HOUR, 0, -7 * HOUR, 0)


async def hourly(context: JobContext, timestamp: int) -> None:
    raise NotImplementedError


def queue_of(url: str, cron: str) -> App:
    queue = make_queue(url)
    task = queue.task(queue="maintenance", name="hourly", pass_context=True)(hourly)
    queue.periodic(cron=cron)(task)
    return queue


def soon() -> str:
    """The cron of a task that was due three minutes ago."""
    return f"{time.gmtime(time.time() - 180).tm_min} * * * *"


async def test_workers_with_wrong_clocks_run_what_is_due_once(
    database_url: str, pool: Pool
) -> None:
    cron, now = soon(), time.time()
    for offset in OFFSETS:
        queue = queue_of(database_url, cron)
        async with queue.open_async():
            deferrer = PeriodicDeferrer(queue.periodic_registry)
            await deferrer.defer_jobs(deferrer.get_previous_tasks(at=now + offset))

    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT extract(epoch FROM now()) - (args ->> 'timestamp')::bigint"
            " FROM procrastinate_jobs WHERE task_name = 'hourly'"
        )
        ((age,),) = await cursor.fetchall()
    assert 0 <= age < 10 * 60


async def test_a_worker_alone_with_a_wrong_clock_runs_it_every_hour(
    database_url: str, pool: Pool
) -> None:
    queue, now = queue_of(database_url, soon()), time.time() + 7 * HOUR
    async with queue.open_async():
        deferrer = PeriodicDeferrer(queue.periodic_registry)
        for _ in range(3):
            await deferrer.defer_jobs(deferrer.get_previous_tasks(at=now))
            now += HOUR
            async with pool.connection() as connection:  # an hour passes there too
                await connection.execute(
                    "UPDATE procrastinate_periodic_defers"
                    " SET defer_timestamp = defer_timestamp - %s",
                    [HOUR],
                )

    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM procrastinate_jobs")
        assert await cursor.fetchone() == (3,)
