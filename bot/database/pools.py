"""Pools of connections to the database, which are back soon after it is.

They hand out autocommit connections: one statement needs no transaction, several go into
`with connection.transaction():`. `psycopg_pool` by itself waits twice as long after each failed
attempt, so that after an outage of 20 s it would let users wait for 10 s more.
"""

import logging
import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from logfire import suppress_instrumentation
from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from psycopg_pool.pool import AddConnection, MaintenanceTask
from psycopg_pool.pool_async import AddConnection as AsyncAddConnection
from psycopg_pool.pool_async import MaintenanceTask as AsyncMaintenanceTask

from telemetry.sql import AsyncTracedCursor, TracedCursor

# Seconds that a caller waits for a connection before `psycopg_pool.PoolTimeout` is raised.
POOL_TIMEOUT = 10.0

# Planning takes most of a statement's time. So each is prepared at its second run, since PostgreSQL
# keeps a plan only after five runs of a prepared one, and stays prepared: psycopg keeps a hundred,
# and a build and a conversation have some two hundred between them.
CONNECTION_OPTIONS: Mapping[str, Any] = {"autocommit": True, "prepare_threshold": 1}
STATEMENTS_KEPT = 500  # of a connection

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


def connection_pool(url: str, *, max_size: int) -> ConnectionPool[Connection]:
    """Make a pool for threads; the caller opens it."""
    pool = EagerPool(
        url,
        min_size=1,
        max_size=max_size,
        timeout=POOL_TIMEOUT,
        kwargs={"cursor_factory": TracedCursor, **CONNECTION_OPTIONS},
        configure=_keep_prepared,
        check=lambda connection: _check(pool, connection),
        open=False,
    )
    return pool


def async_connection_pool(url: str, *, max_size: int) -> AsyncConnectionPool[AsyncConnection]:
    """Make a pool for asyncio; the caller opens it."""
    pool = AsyncEagerPool(
        url,
        min_size=1,
        max_size=max_size,
        timeout=POOL_TIMEOUT,
        kwargs={"cursor_factory": AsyncTracedCursor, **CONNECTION_OPTIONS},
        configure=_keep_prepared_async,
        check=lambda connection: check_async(pool, connection),
        open=False,
    )
    return pool


def _keep_prepared(connection: Connection | AsyncConnection) -> None:
    connection.prepared_max = STATEMENTS_KEPT


async def _keep_prepared_async(connection: AsyncConnection) -> None:
    _keep_prepared(connection)


def _check(pool: EagerPool, connection: Connection) -> None:
    """Look whether the connection lives; that is no news for a trace.

    A dead one means that all are: the pool is drained, since finding each by itself takes seconds.
    """
    if _has_word_from_server(connection):
        with suppress_instrumentation():
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                pool.drain()
                raise


async def check_async(
    pool: AsyncConnectionPool[AsyncConnection], connection: AsyncConnection
) -> None:
    """Look whether a pool's connection lives, as `_check` does."""
    if _has_word_from_server(connection):
        with suppress_instrumentation():
            try:
                await AsyncConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                await pool.drain()
                raise


def _has_word_from_server(connection: Connection | AsyncConnection) -> bool:
    """Whether there is something to read on an idle connection, such as its end.

    A server that stops closes its connections, so the healthy case costs no round trip.
    """
    listening = select.poll()
    listening.register(connection.fileno(), select.POLLIN)
    return bool(listening.poll(0))


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
