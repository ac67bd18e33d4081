"""The web processes' way to the database: short visits, and an honest answer when it is away."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.database.outage import OUTAGE
from bot.errors import DatabaseUnavailable

# Seconds to wait for a connection: Twilio gives a webhook 15 in all.
PATIENCE = 5.0

AWAY = "The database cannot be reached right now; please try again."


@contextmanager
def visit(pool: ConnectionPool[Connection], *, patience: float = PATIENCE) -> Iterator[Connection]:
    """Lend a connection, waiting `patience` seconds for it.

    Raises `DatabaseUnavailable` if there is none, it breaks meanwhile or takes no writes.
    """
    try:
        with pool.connection(timeout=patience) as connection:
            yield connection
    except OUTAGE as error:
        raise DatabaseUnavailable(AWAY) from error
