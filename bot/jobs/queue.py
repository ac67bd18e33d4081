"""The queue: Procrastinate on the product's own database, hardened (`bot.jobs.job_manager`)."""

from typing import Any

from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.database.pools import check_async
from bot.jobs.admission import IsBehind
from bot.jobs.job_manager import FencedJobManager


def make_queue(url: str, *, is_behind: IsBehind = lambda: False) -> App:
    """Make a queue without tasks; the caller opens it with `open_async()`.

    While `is_behind` no new message is fetched (`bot.jobs.admission`).

    It has connections of its own, so that busy jobs never keep a heartbeat waiting.
    """
    queue = App(
        connector=PsycopgConnector(
            pool_factory=_pool,
            conninfo=url,
            min_size=1,
            max_size=4,
            timeout=10.0,
            configure=_commit_each,
        )
    )
    queue.job_manager = FencedJobManager(queue.connector, queue.periodic_registry, is_behind)
    return queue


def _pool(**options: Any) -> AsyncConnectionPool[AsyncConnection]:
    """Procrastinate's pool, without the statement by which it tries a connection each time."""
    pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
        **{**options, "check": lambda connection: check_async(pool, connection)}
    )
    return pool


async def _commit_each(connection: AsyncConnection) -> None:
    """The queue does one statement at a time, so a transaction around it is two in vain."""
    await connection.set_autocommit(True)
