"""Alerts: one `.sql` file each, with title, threshold, window, remedy and what it reads as comments
at its top.

The query gets threshold and window as parameters and returns a row `subject, value` for each agent,
operation or the like that is beyond the threshold; an alert without rows does not fire. Queries
read the product's own tables where those know ("reads: tables"), because what is sampled or dropped
on its way to a trace must not hide an alert; otherwise "records" or "metrics".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import LiteralString

from psycopg import Connection

_HEADER = re.compile(r"^-- (title|threshold|window|remedy|reads): (.+)$", re.MULTILINE)
_READS_RECORDS = {"tables": False, "records": True, "metrics": True}
_UNITS = {"minutes": "minutes", "hour": "hours", "hours": "hours"}


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A question that is asked again and again; `threshold` is in `unit`.

    `remedy` is what an operator does when it fires. One that `reads_records` (or metrics) sees
    nothing where these are not kept.
    """

    name: str
    title: str
    threshold: float
    unit: str
    window: timedelta
    remedy: str
    reads_records: bool
    query: LiteralString


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is beyond the threshold, by ids and names, and how far."""

    subject: str
    value: float


def all_alerts(*, thresholds: Mapping[str, float] | None = None) -> tuple[Alert, ...]:
    """The alerts in the order of their names; `thresholds`, by name, replace those of the files."""
    known = thresholds or {}
    return tuple(
        replace(alert, threshold=known.get(alert.name, alert.threshold)) for alert in _files()
    )


@cache
def _files() -> tuple[Alert, ...]:
    folder = files("telemetry.alerts")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(
        _read(name.removesuffix(".sql"), (folder / name).read_text("utf-8")) for name in names
    )


def find(connection: Connection, alert: Alert) -> list[Finding]:
    """Ask now; the alert fires if there is anything to find.

    Raises what the database says when the query cannot be run.
    """
    asked = {"threshold": alert.threshold, "window": alert.window}
    rows = connection.execute(alert.query, asked).fetchall()
    # PostgreSQL counts in decimals, which JSON does not know.
    return [Finding(subject=subject, value=float(value)) for subject, value in rows]


def _read(name: str, text: str) -> Alert:
    header = dict(_HEADER.findall(text))
    number, _, unit = header["threshold"].partition(" ")
    amount, _, time_unit = header["window"].partition(" ")
    return Alert(
        name=name,
        title=header["title"],
        threshold=float(number),
        unit=unit,
        window=timedelta(**{_UNITS[time_unit]: int(amount)}),
        remedy=header["remedy"],
        reads_records=_READS_RECORDS[header["reads"]],
        query=text,
    )
