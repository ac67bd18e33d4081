"""What the metrics have added up to, over all processes and restarts, kept in PostgreSQL.

Each process adds what it has counted since the last time to one row per metric and set of labels.
So whichever web process is asked for `/metrics`, it knows the numbers of all, and a counter never
falls. A process that is killed takes with it what it counted since the last export.
"""

import json
import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from opentelemetry.sdk.metrics import Counter, Histogram
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    PeriodicExportingMetricReader,
)
from opentelemetry.util.types import Attributes

from telemetry.metrics import DECLARED
from telemetry.named_sql import statements
from telemetry.store.writing import StoreUnavailable

SQL = statements("telemetry", "metric_totals.sql")

INTERVAL = 10.0  # seconds
PATIENCE = 5  # seconds for the database to let us in

BOUNDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0),
)
"""Upper limits of the histograms' buckets, in the metric's unit; one more has no limit."""

log = logging.getLogger(__name__)

Key = tuple[str, str]
"""A metric's name, and its labels as JSON with sorted names."""


@dataclass(frozen=True, kw_only=True)
class Total:
    """A counter's value, or the sum of a histogram's observations with their number by bucket."""

    value: float
    buckets: tuple[int, ...] = ()

    def __add__(self, other: "Total") -> "Total":
        buckets = tuple(a + b for a, b in zip(self.buckets, other.buckets, strict=True))
        return Total(value=self.value + other.value, buckets=buckets)


def totals_reader(
    database_url: Callable[[], str], *, interval: float = INTERVAL
) -> PeriodicExportingMetricReader:
    """Make the reader that keeps the totals; the database is only asked for in its own thread."""
    return PeriodicExportingMetricReader(
        _TotalsExporter(database_url), export_interval_millis=interval * 1000
    )


class _TotalsExporter(MetricExporter):
    def __init__(self, database_url: Callable[[], str]) -> None:
        super().__init__(
            preferred_temporality={
                Counter: AggregationTemporality.DELTA,
                Histogram: AggregationTemporality.DELTA,
            }
        )
        self._database_url = database_url
        self._unsaved: dict[Key, Total] = {}

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: object
    ) -> MetricExportResult:
        """Add what is new to the totals; what cannot be saved now is added the next time."""
        for key, new in _read(metrics_data):
            known = self._unsaved.get(key)
            self._unsaved[key] = new if known is None else known + new
        if not self._unsaved:
            return MetricExportResult.SUCCESS
        try:
            self._save()
        except (psycopg.Error, OSError, StoreUnavailable) as error:
            log.info("the metrics' totals wait for the database (%s)", type(error).__name__)
            return MetricExportResult.FAILURE
        self._unsaved.clear()
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: object) -> None:
        pass

    def _save(self) -> None:
        rows = [
            {"name": name, "labels": labels, "value": total.value, "buckets": list(total.buckets)}
            # In one order everywhere, so that two processes never wait for each other.
            for (name, labels), total in sorted(self._unsaved.items())
        ]
        with (
            psycopg.connect(self._database_url(), connect_timeout=PATIENCE) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(SQL["limit_time"])
            cursor.executemany(SQL["add_total"], rows)


def _read(data: MetricsData) -> Iterator[tuple[Key, Total]]:
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name in DECLARED:
                    yield from _points(metric)


def _points(metric: Metric) -> Iterator[tuple[Key, Total]]:
    for point in metric.data.data_points:
        match point:
            case NumberDataPoint():
                yield (metric.name, _labels(point.attributes)), Total(value=float(point.value))
            case ExponentialHistogramDataPoint():
                total = Total(value=point.sum, buckets=_buckets(point))
                yield (metric.name, _labels(point.attributes)), total
            case HistogramDataPoint():
                raise TypeError(f"{metric.name} is expected to have exponential buckets")


def _buckets(point: ExponentialHistogramDataPoint) -> tuple[int, ...]:
    """Count each of the fine exponential buckets where its upper limit belongs."""
    counts = [0] * (len(BOUNDS) + 1)
    counts[0] = point.zero_count
    base = 2.0 ** (2.0**-point.scale)
    for index, count in enumerate(point.positive.bucket_counts, point.positive.offset + 1):
        if count:
            counts[bisect_left(BOUNDS, base**index)] += count
    return tuple(counts)


def _labels(attributes: Attributes) -> str:
    return json.dumps(dict(attributes or {}), sort_keys=True)
