"""Whether the database takes writes: on a full disk or a stand-by it answers and takes none.

`/health` is asked by anybody, so that a process tries at most every `INTERVAL` seconds and tells
meanwhile what it saw.
"""

import threading
from collections.abc import Callable
from time import monotonic

from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.operating.liveness import refusal_of_writes
from bot.web.database import visit

INTERVAL = 10.0  # seconds between two trials of a process
PATIENCE = 1.0  # seconds for a connection


class WriteProbe:
    """Tries a write now and then; one for each process."""

    def __init__(
        self, pool: ConnectionPool[Connection], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        self._tried_at: float | None = None
        self._refusal: str | None = None

    def refusal(self) -> str | None:
        """Why the database took no write, by the error's name; None if it did.

        Raises `DatabaseUnavailable` when it cannot be reached.
        """
        with self._lock:
            if self._tried_at is None or self._clock() - self._tried_at >= INTERVAL:
                self._refusal = self._try()
                self._tried_at = self._clock()
            return self._refusal

    def _try(self) -> str | None:
        with visit(self._pool, patience=PATIENCE) as connection:
            return refusal_of_writes(connection)
