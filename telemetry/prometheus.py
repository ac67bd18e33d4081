"""The metrics in Prometheus' text format, from the totals of all processes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import attrgetter

from psycopg import Connection
from psycopg.rows import class_row

from telemetry.metric_totals import BOUNDS, SQL
from telemetry.metrics import DECLARED

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class MetricRow:
    """One metric with one set of labels; `buckets` is empty for a counter."""

    name: str
    labels: dict[str, str]
    value: float
    buckets: list[int]


def exposition(connection: Connection) -> str:
    """Return what Prometheus is to read."""
    with connection.cursor(row_factory=class_row(MetricRow)) as cursor:
        rows = cursor.execute(SQL["list_totals"]).fetchall()
    lines: list[str] = []
    for name, of_name in groupby(rows, attrgetter("name")):
        declared = DECLARED.get(name)
        if declared is None:
            continue  # counted by another version of the program
        lines.append(f"# HELP {_name(name)} {declared.description}")
        lines.append(f"# TYPE {_name(name)} {declared.kind}")
        for row in of_name:
            lines.extend(_samples(row))
    return "".join(f"{line}\n" for line in lines)


def _samples(row: MetricRow) -> Iterator[str]:
    if not row.buckets:
        yield f"{_name(row.name)}{_labels(row.labels)} {row.value:.17g}"
        return
    limits = [f"{bound:g}" for bound in BOUNDS] + ["+Inf"]
    for limit, count in zip(limits, accumulate(row.buckets), strict=True):
        yield f"{_name(row.name)}_bucket{_labels({**row.labels, 'le': limit})} {count}"
    yield f"{_name(row.name)}_sum{_labels(row.labels)} {row.value:.17g}"
    yield f"{_name(row.name)}_count{_labels(row.labels)} {sum(row.buckets)}"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{_name(name)}="{_escaped(value)}"' for name, value in sorted(labels.items()))
    return f"{{{pairs}}}" if pairs else ""


def _name(name: str) -> str:
    """The name of a metric or label, in which Prometheus knows no dots."""
    return name.replace(".", "_")


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
