"""Pools that are back soon after the database is.

`psycopg_pool` waits twice as long after each failed attempt, so that after an outage of 20 s it
would let users wait for 10 s more.
"""

import logging
import time

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from psycopg_pool.pool import AddConnection, MaintenanceTask
from psycopg_pool.pool_async import AddConnection as AsyncAddConnection
from psycopg_pool.pool_async import MaintenanceTask as AsyncMaintenanceTask

RETRY = 0.5  # seconds between two attempts to connect
SAID_EVERY = 10.0  # seconds between two lines that say the same


class EagerPool(ConnectionPool[Connection]):
    """For threads."""

    def schedule_task(self, task: MaintenanceTask, delay: float) -> None:
        """Run the task later: soon, if it connects."""
        soon = isinstance(task, AddConnection)
        super().schedule_task(task, min(delay, RETRY) if soon else delay)


class AsyncEagerPool(AsyncConnectionPool[AsyncConnection]):
    """For asyncio."""

    async def schedule_task(self, task: AsyncMaintenanceTask, delay: float) -> None:
        """Run the task later: soon, if it connects."""
        soon = isinstance(task, AsyncAddConnection)
        await super().schedule_task(task, min(delay, RETRY) if soon else delay)


class _Seldom(logging.Filter):
    """Lets a line through that was not said lately, whatever it was said of."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._said.get(record.msg, -SAID_EVERY) < SAID_EVERY:
            return False
        self._said[record.msg] = now
        return True


logging.getLogger("psycopg.pool").addFilter(_Seldom())
