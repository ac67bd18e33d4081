"""Where the database is, and the pools of connections to it.

Pools hand out autocommit connections: one statement needs no transaction, several go into
`with connection.transaction():`.

A command asks only where the database is. What pools need, and what starts a server, is imported by
those who use it.
"""

import select
from typing import TYPE_CHECKING

from psycopg import AsyncConnection, Connection

from bot.settings import HOME, Settings

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

# Seconds that a caller waits for a connection before `psycopg_pool.PoolTimeout` is raised.
POOL_TIMEOUT = 10.0


def database_url(settings: Settings) -> str:
    """Return the configured database, or start the embedded one and return that.

    Raises `DatabaseUnavailable` if the embedded server does not start.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_database_url()


def embedded_database_url() -> str:
    """Start the embedded server under `.textcrew/` unless it runs, and return its URL.

    It lives while this process lives. Raises `DatabaseUnavailable` if it does not start.
    """
    from bot.database import embedded

    HOME.mkdir(mode=0o700, exist_ok=True)
    embedded.allow_passage(HOME)
    return embedded.start(HOME / "postgres")


def connection_pool(url: str, *, max_size: int) -> "ConnectionPool[Connection]":
    """Make a pool for threads; the caller opens it."""
    from psycopg_pool import ConnectionPool

    return ConnectionPool(
        url,
        min_size=1,
        max_size=max_size,
        timeout=POOL_TIMEOUT,
        kwargs={"autocommit": True},
        check=_check,
        open=False,
    )


def async_connection_pool(url: str, *, max_size: int) -> "AsyncConnectionPool[AsyncConnection]":
    """Make a pool for asyncio; the caller opens it."""
    from psycopg_pool import AsyncConnectionPool

    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=max_size,
        timeout=POOL_TIMEOUT,
        kwargs={"autocommit": True},
        check=_check_async,
        open=False,
    )


def _check(connection: Connection) -> None:
    """Look whether the connection lives; that is no news for a trace."""
    if _has_word_from_server(connection):
        from logfire import suppress_instrumentation
        from psycopg_pool import ConnectionPool

        with suppress_instrumentation():
            ConnectionPool.check_connection(connection)


async def _check_async(connection: AsyncConnection) -> None:
    if _has_word_from_server(connection):
        from logfire import suppress_instrumentation
        from psycopg_pool import AsyncConnectionPool

        with suppress_instrumentation():
            await AsyncConnectionPool.check_connection(connection)


def _has_word_from_server(connection: Connection | AsyncConnection) -> bool:
    """Whether there is something to read on an idle connection, such as its end.

    A server that stops closes its connections, so the healthy case costs no round trip.
    """
    listening = select.poll()
    listening.register(connection.fileno(), select.POLLIN)
    return bool(listening.poll(0))
