"""Who asks our records in SQL: one query at a time, on a connection of its own, and bounded."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

import psycopg
from logfire import suppress_instrumentation

from bot.settings.groups import Settings
from telemetry.store.query_result import Deadline, QueryResult
from telemetry.store.querying import TIME_LIMIT, ReaderBusy, ask

CONNECT_SECONDS = 5


class QueryReader:
    """One for each process; who has the read token is one reader, whichever process answers."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        """`database_url` answers unless a setting names another."""
        self._url = settings.queries_url or database_url
        self._name = hashlib.sha256(read_token(settings).encode()).hexdigest()
        self._free = Lock()  # of this process, so that its other threads stay free for messages

    @contextmanager
    def answering(
        self,
        sql: str,
        *,
        min_timestamp: datetime | None,
        max_timestamp: datetime | None = None,
        limit: int,
        timezone: str = "UTC",
        environments: Sequence[str] | None = None,
    ) -> Iterator[QueryResult]:
        """The answer of `telemetry.store.querying.ask`, to write down before the next query.

        Raises what that raises.
        """
        if not self._free.acquire(blocking=False):
            raise ReaderBusy
        try:
            deadline = Deadline(TIME_LIMIT)
            # A query about traces is no part of any trace.
            with (
                suppress_instrumentation(),
                psycopg.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_SECONDS
                ) as connection,
            ):
                answer = ask(
                    connection,
                    sql,
                    min_timestamp=min_timestamp,
                    max_timestamp=max_timestamp,
                    limit=limit,
                    timezone=timezone,
                    environments=environments,
                    deadline=deadline,
                    reader=self._name,
                )
            yield answer
        finally:
            self._free.release()


def read_token(settings: Settings) -> str:
    """The token of who may ask: QUERY_TOKEN, else the operators'."""
    return (settings.operators.query_token or settings.operators.operator_token).get_secret_value()
