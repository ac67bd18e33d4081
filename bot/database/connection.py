"""Where the database is, and the pools of connections to it.

Pools hand out autocommit connections: one statement needs no transaction, several go into
`with connection.transaction():`.

A command asks only where the database is. What pools need, and what starts a server, is imported by
those who use it.
"""

import select
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.database.applied import applied_ids
from bot.errors import ConfigurationError
from bot.settings.development import HOME
from bot.settings.groups import Settings

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

    from bot.database.pools import EagerPool

# Seconds that a caller waits for a connection before `psycopg_pool.PoolTimeout` is raised.
POOL_TIMEOUT = 10.0

# Planning takes most of a statement's time. So each is prepared at its second run, since PostgreSQL
# keeps a plan only after five runs of a prepared one, and stays prepared: psycopg keeps a hundred,
# and a build and a conversation have some two hundred between them.
CONNECTION_OPTIONS: Mapping[str, Any] = {"autocommit": True, "prepare_threshold": 1}
STATEMENTS_KEPT = 500  # of a connection

PROBE = 5  # seconds that a look at the configured database waits for it

_fit: set[str] = set()  # the databases that this process has looked at


def database_url(settings: Settings) -> str:
    """Return the configured database, or start the embedded one and return that.

    Raises `DatabaseUnavailable` if the embedded server does not start, and `ConfigurationError` if
    the database cannot keep what users write, or is older than our first migration. One that is
    away is met by the caller.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        url = embedded_database_url()
    if url not in _fit:
        _look_at(url)
    return url


def _look_at(url: str) -> None:
    patience = conninfo_to_dict(url).get("connect_timeout", PROBE)
    try:
        with psycopg.connect(make_conninfo(url, connect_timeout=patience)) as connection:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise ConfigurationError(
                    f"The database that DATABASE_URL names is encoded in {encoding} and cannot "
                    "keep every language; make one with: CREATE DATABASE … ENCODING 'UTF8' "
                    "TEMPLATE template0."
                )
            applied_ids(connection)
    except psycopg.OperationalError:
        return
    _fit.add(url)


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
    from bot.database.pools import EagerPool
    from telemetry.sql import TracedCursor

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


def async_connection_pool(url: str, *, max_size: int) -> "AsyncConnectionPool[AsyncConnection]":
    """Make a pool for asyncio; the caller opens it."""
    from bot.database.pools import AsyncEagerPool
    from telemetry.sql import AsyncTracedCursor

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


def _keep_prepared(connection: "Connection | AsyncConnection") -> None:
    connection.prepared_max = STATEMENTS_KEPT


async def _keep_prepared_async(connection: AsyncConnection) -> None:
    _keep_prepared(connection)


def _check(pool: "EagerPool", connection: Connection) -> None:
    """Look whether the connection lives; that is no news for a trace.

    When one is dead the others are not to be found so one after the other, which takes seconds.
    """
    if _has_word_from_server(connection):
        from logfire import suppress_instrumentation
        from psycopg_pool import ConnectionPool

        with suppress_instrumentation():
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                pool.drain()
                raise


async def check_async(
    pool: "AsyncConnectionPool[AsyncConnection]", connection: AsyncConnection
) -> None:
    """Look whether a pool's connection lives, as `_check` does."""
    if _has_word_from_server(connection):
        from logfire import suppress_instrumentation
        from psycopg_pool import AsyncConnectionPool

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
