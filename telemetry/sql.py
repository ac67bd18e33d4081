"""SQL in traces: each span says how much of it there was, and what is slow or fails is a span.

A trace with a span for each statement hides what happened, and most of its cost is theirs. So a
statement is counted at the span around it, as `db.statements` and `db.duration_ms`, and becomes a
span of its own when it took long or failed, under the name that it has in its `.sql` file.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from opentelemetry import trace
from psycopg import AsyncCursor, Cursor
from psycopg.rows import Row

from telemetry.named_sql import name_of
from telemetry.tracers import tracer

SLOW_MS = 50.0

_slow_ns: float | None = None  # None while nothing is traced
_counted: WeakKeyDictionary[trace.Span, tuple[int, int]] = WeakKeyDictionary()  # number, ns


def trace_statements(slow_ms: float) -> None:
    """Trace the statements of this process from now on; those of at least `slow_ms` are spans."""
    global _slow_ns
    _slow_ns = slow_ms * 1e6


class TracedCursor(Cursor[Row]):
    """A cursor whose statements are in the trace."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "TracedCursor[Row]":
        """Execute a statement, as psycopg does."""
        with _told(query):
            return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """Execute a statement for each of the parameters, as psycopg does."""
        with _told(query):
            super().executemany(query, params_seq, **options)


class AsyncTracedCursor(AsyncCursor[Row]):
    """A cursor for asyncio whose statements are in the trace."""

    async def execute(
        self, query: Any, params: Any = None, **options: Any
    ) -> "AsyncTracedCursor[Row]":
        """Execute a statement, as psycopg does."""
        with _told(query):
            return await super().execute(query, params, **options)

    async def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """Execute a statement for each of the parameters, as psycopg does."""
        with _told(query):
            await super().executemany(query, params_seq, **options)


@contextmanager
def _told(query: object) -> Iterator[None]:
    around = trace.get_current_span()
    if _slow_ns is None or not around.get_span_context().is_valid:
        yield  # for no request: a pool or a queue that looks after itself
        return
    began, started = time.time_ns(), time.perf_counter_ns()  # the clock may be set meanwhile
    try:
        yield
    except psycopg.Error:
        with _span_of(query, began):
            raise
    else:
        if (took := time.perf_counter_ns() - started) >= _slow_ns:
            _span_of(query, began).end(began + took)
    finally:
        _count(around, time.perf_counter_ns() - started)


def _count(around: trace.Span, nanoseconds: int) -> None:
    if around.is_recording():
        number, before = _counted.get(around, (0, 0))
        number, spent = number + 1, before + nanoseconds
        _counted[around] = (number, spent)
        around.set_attribute("db.statements", number)
        around.set_attribute("db.duration_ms", round(spent / 1e6, 1))


def _span_of(query: object, began: int) -> trace.Span:
    """The span of a statement that began then (ns); parameters are never in it."""
    text = query if isinstance(query, str) else ""
    return tracer("textcrew.sql").start_span(
        name_of(text) or "SQL",
        kind=trace.SpanKind.CLIENT,
        start_time=began,
        attributes={"db.system.name": "postgresql", "db.statement": text},
    )
