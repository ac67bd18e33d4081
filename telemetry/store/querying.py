"""Answers a question in SQL about records and metrics, whoever asks.

The query runs in the SQL function `telemetry.query` as a role that may read nothing else, in a
transaction that cannot write, for a limited time. What it says is never trusted.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from psycopg import Connection, Cursor, errors
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from telemetry.named_sql import statements
from telemetry.store.hanging_up import hanging_up
from telemetry.store.query_result import Column, Deadline, QueryRefused, QueryResult

SQL = statements("telemetry.store", "querying.sql")

TIME_LIMIT = 10.0  # seconds
SIZE_LIMIT = 16 * 1024 * 1024  # bytes of an answer

_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_QUESTIONS = ("select", "with", "values", "table", "(")
_LEVELS = {
    "trace": 1,
    "debug": 5,
    "info": 9,
    "notice": 10,
    "warn": 13,
    "error": 17,
    "fatal": 21,
}

HOW_TO_ADMIT = (
    "The database's user may not make the role that queries run as. Let an administrator run: "
    'CREATE ROLE textcrew_reader; GRANT textcrew_reader TO "{user}"; and then, as {user}: '
    "SELECT telemetry.admit_reader();"
)


class QueriesUnavailable(Exception):
    """The database is not prepared to answer queries safely; the message says what to do."""


class ReaderBusy(Exception):
    """Another query of this reader's is running; one at a time is answered."""


def ask(
    connection: Connection,
    query: str,
    *,
    min_timestamp: datetime | None,
    max_timestamp: datetime | None = None,
    limit: int,
    timezone: str = "UTC",
    environments: Sequence[str] | None = None,
    deadline: Deadline | None = None,
    reader: str | None = None,
) -> QueryResult:
    """Answer one query about what began between the two timestamps, with at most `limit` rows.

    `connection` (autocommit) is for this query alone and to be closed afterwards. `deadline` is
    `TIME_LIMIT` from now unless given. Of one `reader`, if named, one query at a time is answered,
    whichever process asks. Raises `QueryRefused`, `ReaderBusy`, `QueriesUnavailable`, and
    `OperationalError` if the database goes away.
    """
    deadline = deadline or Deadline(TIME_LIMIT)
    question = query.strip().rstrip(";").rstrip()
    _require_question(question)
    with (
        hanging_up(connection, deadline),
        connection.transaction(force_rollback=True),
        connection.cursor() as cursor,
    ):
        cursor.execute(SQL["forbid_writing"])
        if not is_reader_admitted(connection):
            raise QueriesUnavailable(HOW_TO_ADMIT.format(user=connection.info.user))
        if reader is not None and not _is_free(cursor, reader):
            raise ReaderBusy
        try:
            cursor.execute(
                SQL["set_window"],
                {
                    "min_timestamp": min_timestamp.isoformat() if min_timestamp else "",
                    "max_timestamp": max_timestamp.isoformat() if max_timestamp else "",
                    "environments": None if environments is None else list(environments),
                    "timezone": timezone,
                    "time_limit": f"{max(1, round(deadline.left() * 1000))}ms",
                    "size_limit": str(SIZE_LIMIT),
                },
            )
            columns = _describe(cursor, question)
            rows = _fetch(cursor, question, columns, limit, deadline)
        except errors.Error as error:
            raise _refusal(error, question, deadline) from error
    return QueryResult(columns=columns, rows=rows, deadline=deadline)


def _is_free(cursor: Cursor, reader: str) -> bool:
    return cursor.execute(SQL["take_turn"], {"reader": reader}).fetchone() == (True,)


def is_reader_admitted(connection: Connection) -> bool:
    """Tell whether queries run as the role that may read records and nothing else."""
    return connection.execute(SQL["is_reader_admitted"]).fetchone() == (True,)


def _require_question(question: str) -> None:
    start = _COMMENTS.sub("", question, count=1).lower()
    if not start:
        raise QueryRefused("There is no query.")
    if not start.startswith(_QUESTIONS):
        raise QueryRefused("Only questions are answered here: SELECT, or WITH … SELECT.")


def _describe(cursor: Cursor, question: str) -> list[Column]:
    """Let PostgreSQL read the query, alone and as it is, without running any of it.

    So its errors tell the very place, and a second statement behind the first is refused.
    """
    pgconn = cursor.connection.pgconn
    result = pgconn.prepare(b"", question.encode("utf-8", "replace"))
    if result.status == ExecStatus.COMMAND_OK:
        result = pgconn.describe_prepared(b"")
    if result.status != ExecStatus.COMMAND_OK:
        raise _misread(result, question)
    oids = [result.ftype(index) for index in range(result.nfields)]
    names = [(result.fname(index) or b"").decode() for index in range(result.nfields)]
    if not names:
        raise QueryRefused("The query has no columns.")
    types: dict[int, str] = dict(cursor.execute(SQL["name_types"], {"oids": oids}).fetchall())
    return [
        Column(name=name, type=types[oid])
        for name, oid in zip(_told_apart(names), oids, strict=True)
    ]


def _told_apart(names: Sequence[str]) -> list[str]:
    """Number the second and later columns of one name, as in `count`, `count_2`."""
    taken = set(names)
    met: set[str] = set()
    apart = []
    for name in names:
        if name in met:
            name = next(new for n in count(2) if (new := f"{name}_{n}") not in taken)
            taken.add(name)
        met.add(name)
        apart.append(name)
    return apart


def _fetch(
    cursor: Cursor, question: str, columns: Sequence[Column], limit: int, deadline: Deadline
) -> list[list[Any]]:
    levels = {index for index, column in enumerate(columns) if column.type == "record_level"}
    times = {index for index, column in enumerate(columns) if column.type.startswith("timestamp")}
    keys = [f"c{number}" for number in range(1, len(columns) + 1)]
    parameters = {"query": question, "width": len(columns), "limit": limit}
    cursor.execute(SQL["run_query"], parameters)
    rows = []
    for (text,) in cursor:
        deadline.keep()
        known = json.loads(text)
        row = [known[key] for key in keys]
        for index in levels:
            row[index] = _LEVELS.get(row[index])
        for index in times:
            row[index] = _moment(row[index])
        rows.append(row)
    return rows


def _moment(text: str | None) -> str | None:
    """The time with its microseconds, as Logfire writes it."""
    if text is None or text.endswith("infinity"):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # before the year 1 or after 9999
        return text
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _misread(result: PGresult, question: str) -> QueryRefused:
    def said(field: DiagnosticField) -> str | None:
        value = result.error_field(field)
        return value.decode("utf-8", "replace") if value else None

    place = said(DiagnosticField.STATEMENT_POSITION)
    return _refused(
        said(DiagnosticField.MESSAGE_PRIMARY) or "The query cannot be read.",
        question,
        code=said(DiagnosticField.SQLSTATE),
        hint=said(DiagnosticField.MESSAGE_HINT),
        position=int(place) if place else None,
    )


def _refusal(error: errors.Error, question: str, deadline: Deadline) -> Exception:
    """What to raise: what the query did wrong, or `error` itself when the server goes away."""
    match error:
        case errors.QueryCanceled():
            return deadline.missed(error.sqlstate)
        case errors.OutOfMemory():
            return QueryRefused(
                "The query needs more memory than it may have.", code=error.sqlstate
            )
        case errors.OperationalError() if (error.sqlstate or "57P")[:3] == "57P":
            return error
    diagnosis = error.diag
    place = diagnosis.internal_position
    return _refused(
        diagnosis.message_primary or str(error),
        question,
        code=error.sqlstate,
        hint=diagnosis.message_hint,
        # Counted in what telemetry.query makes of the query.
        position=int(place) - (diagnosis.internal_query or "").find(question) if place else None,
    )


def _refused(
    message: str, question: str, *, code: str | None, hint: str | None, position: int | None
) -> QueryRefused:
    line = column = None
    if position is not None and 0 < position <= len(question) + 1:
        before = question[: position - 1]
        line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1)
    return QueryRefused(message, code=code, hint=hint, line=line, column=column)
