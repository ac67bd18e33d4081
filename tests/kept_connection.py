"""A connection for those who ask a database again and again until something is seen there.

Connecting takes the server and us a hundredth of a second of computing, a question to who is
connected a tenth of that, and who waits asks fifty times a second.
"""

import atexit
from collections.abc import Mapping
from threading import Lock
from typing import Any

import psycopg
from psycopg import Connection, Cursor, OperationalError
from psycopg.abc import QueryNoTemplate
from psycopg.rows import DictRow, dict_row


class KeptConnection:
    """Connected to the database that was asked last, until this process ends."""

    def __init__(self) -> None:
        self._url = ""
        self._connection: Connection[DictRow] | None = None
        self._turn = Lock()
        atexit.register(self.close)

    def execute(
        self, url: str, query: QueryNoTemplate, parameters: Mapping[str, Any] | None = None
    ) -> Cursor[DictRow]:
        """Let the database at `url` execute a statement, outside any transaction."""
        with self._turn:
            known = self._connection if self._url == url else None
            if known is not None:
                try:
                    return known.execute(query, parameters)
                except OperationalError:
                    if not known.broken:
                        raise
            return self._connect(url).execute(query, parameters)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self, url: str) -> Connection[DictRow]:
        self.close()
        # Nothing is prepared: what is asked for may have another form by the next time.
        self._connection = psycopg.connect(
            url, autocommit=True, prepare_threshold=None, row_factory=dict_row
        )
        self._url = url
        return self._connection
