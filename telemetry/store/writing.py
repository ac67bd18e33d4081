"""Writes records and metrics into PostgreSQL, on a thread and a connection of its own.

Nothing here is in the way of the work: what comes in goes into a bounded buffer, and while the
database is away or hangs the buffer fills up and then loses what comes, and counts it.
"""

import atexit
import inspect
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import LiteralString

import logfire
import psycopg
from logfire import suppress_instrumentation
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    MetricExporter,
    MetricExportResult,
    MetricReader,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from psycopg import Connection, sql

from telemetry.named_sql import statements
from telemetry.store import metric_rows, records
from telemetry.store.buffer import CAPACITY, Batch, Buffer
from telemetry.store.records import KIND, Row

SQL = statements("telemetry.store", "store.sql")

LINGER = 0.5  # seconds that a record waits for company
FIRST_WAIT = 0.5  # seconds before the second attempt to reach the database
LONGEST_WAIT = 15.0
LAST_FLUSH = 1.0  # seconds that the end of the process waits

log = logging.getLogger(__name__)


class StoreUnavailable(Exception):
    """There is no database to write to right now."""


class RecordStore:
    """Keeps what a process does; one for each process, made after the fork.

    `locate` returns the database's URL. It is called on the store's own thread, whenever a
    connection is needed, and may raise `StoreUnavailable`.
    """

    def __init__(self, locate: Callable[[], str], *, capacity: int = CAPACITY) -> None:
        self._locate = locate
        self._buffer = Buffer(capacity)
        self._connection: Connection | None = None
        self._days: set[date] = set()
        self._is_away = False
        self._flushed = threading.Event()
        self.span_processor: SpanProcessor = _Spans(self._buffer, self.flush)
        threading.Thread(target=self._serve, name="record store", daemon=True).start()
        atexit.register(self.flush, LAST_FLUSH)

    @property
    def lost(self) -> int:
        """How many spans and metrics were lost so far."""
        return self._buffer.lost

    def metric_reader(self) -> MetricReader:
        """Collects metrics once a minute, or as OTEL_METRIC_EXPORT_INTERVAL says."""
        return PeriodicExportingMetricReader(_Metrics(self._buffer))

    def flush(self, seconds: float = 2.0) -> bool:
        """Write what is buffered, for at most that long; tells whether all of it is written."""
        self._flushed.set()
        return self._buffer.drained(seconds)

    def _serve(self) -> None:
        # What the store does is no news, and would be its own next record.
        with suppress_instrumentation():
            while True:
                self._write(self._buffer.take(linger=LINGER))

    def _write(self, batch: Batch) -> None:
        """Write the batch, waiting for the database as long as it takes."""
        spans, metrics, broken = _rows(batch)
        wait = FIRST_WAIT
        while True:
            try:
                lost = self._insert("record", records.COLUMNS, spans)
                lost += self._insert("metric", metric_rows.COLUMNS, metrics)
            except (psycopg.Error, StoreUnavailable) as error:
                self._note_absence(error)
                self._flushed.wait(wait)
                self._flushed.clear()
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self._note_presence()
                self._buffer.done(lost=lost + broken)
                return

    def _insert(self, table: str, columns: Sequence[str], rows: list[Row]) -> int:
        """Insert the rows and return how many PostgreSQL would not take.

        Raises `psycopg.Error` or `StoreUnavailable` when that is not the rows' fault.
        """
        if not rows:
            return 0
        try:
            connection = self._connected()
            with connection.transaction():
                connection.execute(SQL["be_hasty"])
                days = self._make_days(connection, rows)
                _copy(connection, table, columns, rows)
            self._days |= days
        except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
            if len(rows) == 1:  # its message is the whole of it that may be told
                log.warning("A record could not be kept: %s", error.diag.message_primary)
                return 1
            half = len(rows) // 2
            return self._insert(table, columns, rows[:half]) + self._insert(
                table, columns, rows[half:]
            )
        rows.clear()
        return 0

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._days.clear()
            # Not as traced: that takes a lock, held by whoever waits for us to flush.
            connect: Callable[..., Connection] = inspect.unwrap(Connection.connect)
            self._connection = connect(
                self._locate(),
                autocommit=True,
                application_name="textcrew records",
                connect_timeout=5,
                tcp_user_timeout=10_000,
            )
        return self._connection

    def _make_days(self, connection: Connection, rows: list[Row]) -> set[date]:
        """Make room for the days of the rows; returns those that were not known yet."""
        new = {row[0].date() for row in rows} - self._days
        for day in sorted(new):
            connection.execute(SQL["make_day"], {"day": day})
        return new

    def _note_absence(self, error: Exception) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if not self._is_away:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            log.warning("Records wait, their database is away: %s", first_line)
        self._is_away = True

    def _note_presence(self) -> None:
        if self._is_away:
            log.warning("Records are written again; %d were lost", self.lost)
        self._is_away = False


class _Spans(SpanProcessor):
    """Takes spans in as they begin and as they end."""

    def __init__(self, buffer: Buffer, flush: Callable[[float], bool]) -> None:
        self._buffer = buffer
        self._flush = flush

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        attributes = span.attributes or {}
        context = span.context
        if attributes.get(KIND, "span") == "span" and context is not None and span.is_recording():
            self._buffer.begin(span, context.span_id, dict(attributes))

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is not None:
            self._buffer.end(span, span.context.span_id)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._flush(timeout_millis / 1000)


class _Metrics(MetricExporter):
    """Takes metrics in, with the temporality that Logfire asks for."""

    def __init__(self, buffer: Buffer) -> None:
        delta, cumulative = AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE
        super().__init__(
            preferred_temporality={
                Counter: delta,
                UpDownCounter: cumulative,
                Histogram: delta,
                ObservableCounter: delta,
                ObservableUpDownCounter: cumulative,
                ObservableGauge: cumulative,
            }
        )
        self._buffer = buffer

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: object
    ) -> MetricExportResult:
        self._buffer.measure(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: object) -> None:
        """Nothing is held here."""


def _rows(batch: Batch) -> tuple[list[Row], list[Row], int]:
    """The rows of records and of metrics, and how many spans could not be made into any."""
    scrubber = logfire.DEFAULT_LOGFIRE_INSTANCE.config.scrubber
    spans: list[Row] = []
    broken = 0
    for begun in batch.begun:
        # Logfire scrubs a span when it ends; one that has not is scrubbed here.
        attributes, _ = scrubber.scrub_value(("attributes",), begun.attributes)
        spans.append(records.pending_row(begun.span, attributes))
    for span in batch.ended:
        try:
            spans.extend(records.span_rows(span))
        except (ValueError, TypeError):
            log.warning("A span could not be read", exc_info=True)
            broken += 1
    metrics = [row for data in batch.measured for row in metric_rows.point_rows(data)]
    return spans, metrics, broken


def _copy(connection: Connection, table: str, columns: Sequence[str], rows: list[Row]) -> None:
    template: LiteralString = SQL["copy_rows"]
    statement = sql.SQL(template).format(
        table=sql.Identifier("telemetry", table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
