"""What Logfire would make of metrics: a row of `metrics` for each data point."""

from collections.abc import Iterator

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
    plain,
    resource_values,
    scope_values,
)

COLUMNS = (
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
    *SCOPE_COLUMNS,
    *RESOURCE_COLUMNS,
)

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
                    yield (*_described(metric, point), *_values(point), *scope, *resource)


Point = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint


def _described(metric: Metric, point: Point) -> Row:
    data = metric.data
    temporality = None if isinstance(data, Gauge) else data.aggregation_temporality.name
    return (
        moment(point.time_unix_nano),
        metric.name,
        _TYPES[type(data)],
        plain(metric.unit),
        moment(point.start_time_unix_nano) if point.start_time_unix_nano else None,
        temporality,
        data.is_monotonic if isinstance(data, Sum) else None,
        plain(metric.description),
        as_json(dict(point.attributes or {})),
    )


def _values(point: Point) -> Row:
    """From `scalar_value` to the last bucket."""
    if isinstance(point, NumberDataPoint):
        return (float(point.value), *(None,) * 13)
    seen = (point.min, point.max, point.count, point.sum) if point.count else (None, None, 0, 0.0)
    if isinstance(point, HistogramDataPoint):
        buckets = (list(point.bucket_counts), list(point.explicit_bounds))
        return (None, *seen, *buckets, *(None,) * 7)
    return (
        None,
        *seen,
        None,
        None,
        point.scale,
        point.zero_count,
        getattr(point, "zero_threshold", 0.0),
        list(point.positive.bucket_counts),
        point.positive.offset,
        list(point.negative.bucket_counts),
        point.negative.offset,
    )
