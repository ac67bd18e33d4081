"""Nobody waits for a database that does not notice in time that a query's time is over.

PostgreSQL looks at its own limit between two rows, not within a function that handles a gigabyte.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import Connection

from telemetry.store.query_result import Deadline, QueryRefused

GRACE = 0.25  # seconds for the server to stop by its own limit, and as many after being told to


@contextmanager
def hanging_up(connection: Connection, deadline: Deadline) -> Iterator[None]:
    """Cancel what runs on `connection` when the deadline is over, and then close the line.

    Whoever waits is told half a second late at most. Raises `QueryRefused` if it came to that.
    """
    done, hung_up = threading.Event(), threading.Event()

    def watch() -> None:
        if done.wait(max(0.0, deadline.left()) + GRACE):
            return
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=GRACE)
        if done.wait(GRACE):
            return
        hung_up.set()
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    watcher = threading.Thread(target=watch, name="query-deadline", daemon=True)
    watcher.start()
    try:
        yield
    except (psycopg.Error, QueryRefused) as error:
        if hung_up.is_set():
            raise deadline.missed() from error
        raise
    finally:
        done.set()
        watcher.join()
