"""What Logfire would make of metrics: a row of `metrics` for each data point."""

from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics.export import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    Sum,
)

from telemetry.store.records import (
    RESOURCE_COLUMNS,
    SCOPE_COLUMNS,
    Row,
    as_json,
    moment,
    resource_values,
    scope_values,
    storable_text,
)

_OWN_COLUMNS = (
    "recorded_timestamp",
    "metric_name",
    "metric_type",
    "unit",
    "start_timestamp",
    "aggregation_temporality",
    "is_monotonic",
    "metric_description",
    "attributes",
    "scalar_value",
    "histogram_min",
    "histogram_max",
    "histogram_count",
    "histogram_sum",
    "histogram_bucket_counts",
    "histogram_explicit_bounds",
    "exp_histogram_scale",
    "exp_histogram_zero_count",
    "exp_histogram_zero_threshold",
    "exp_histogram_positive_bucket_counts",
    "exp_histogram_positive_bucket_counts_offset",
    "exp_histogram_negative_bucket_counts",
    "exp_histogram_negative_bucket_counts_offset",
)

COLUMNS = (*_OWN_COLUMNS, *SCOPE_COLUMNS, *RESOURCE_COLUMNS)

_TYPES: dict[type, str] = {
    Sum: "sum",
    Gauge: "gauge",
    Histogram: "histogram",
    ExponentialHistogram: "exponential_histogram",
}


def point_rows(data: MetricsData) -> Iterator[Row]:
    """The rows of everything that was measured since the last time."""
    for of_resource in data.resource_metrics:
        resource = resource_values(of_resource.resource)
        for of_scope in of_resource.scope_metrics:
            scope = scope_values(of_scope.scope)
            for metric in of_scope.metrics:
                for point in metric.data.data_points:
                    own = _described(metric, point) | _values(point)
                    yield (*map(own.get, _OWN_COLUMNS), *scope, *resource)


Point = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint


def _described(metric: Metric, point: Point) -> dict[str, Any]:
    data, started_at = metric.data, point.start_time_unix_nano
    temporality = None if isinstance(data, Gauge) else data.aggregation_temporality.name
    return {
        "recorded_timestamp": moment(point.time_unix_nano),
        "metric_name": metric.name,
        "metric_type": _TYPES[type(data)],
        "unit": storable_text(metric.unit),
        "start_timestamp": moment(started_at) if started_at else None,
        "aggregation_temporality": temporality,
        "is_monotonic": data.is_monotonic if isinstance(data, Sum) else None,
        "metric_description": storable_text(metric.description),
        "attributes": as_json(dict(point.attributes or {})),
    }


def _values(point: Point) -> dict[str, Any]:
    """What was measured; minimum and maximum of nothing are not there."""
    if isinstance(point, NumberDataPoint):
        return {"scalar_value": float(point.value)}
    seen: dict[str, Any] = {"histogram_count": 0, "histogram_sum": 0.0}
    if point.count:
        seen = {
            "histogram_min": point.min,
            "histogram_max": point.max,
            "histogram_count": point.count,
            "histogram_sum": point.sum,
        }
    if isinstance(point, HistogramDataPoint):
        return seen | {
            "histogram_bucket_counts": list(point.bucket_counts),
            "histogram_explicit_bounds": list(point.explicit_bounds),
        }
    return seen | {
        "exp_histogram_scale": point.scale,
        "exp_histogram_zero_count": point.zero_count,
        "exp_histogram_zero_threshold": getattr(point, "zero_threshold", 0.0),
        "exp_histogram_positive_bucket_counts": list(point.positive.bucket_counts),
        "exp_histogram_positive_bucket_counts_offset": point.positive.offset,
        "exp_histogram_negative_bucket_counts": list(point.negative.bucket_counts),
        "exp_histogram_negative_bucket_counts_offset": point.negative.offset,
    }
