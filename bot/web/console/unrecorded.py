"""The time of a trace that nothing accounts for: no model, tool, handoff, message or statement."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.web.console.rows import Row
from bot.web.console.waterfall import SpanBar, Timeline, bar_of, kind_of

SHORTEST = 1.0  # seconds that are worth a row
SHARE = 0.04  # of the whole that they have to be as well


def with_gaps(bars: list[SpanBar], records: Iterable[Row], timeline: Timeline) -> list[SpanBar]:
    """The bars, and among them in the order of time those of what is not on record."""
    shown = list(bars)
    for begins, ends in _gaps(records):
        seconds = (ends - begins).total_seconds()
        if seconds < max(SHORTEST, SHARE * timeline.seconds):
            continue
        gap = bar_of(_row(begins, ends), 1, timeline)
        before = [place for place, bar in enumerate(shown) if bar.begins <= gap.begins]
        shown.insert(before[-1] + 1 if before else 0, gap)
    return shown


def _gaps(records: Iterable[Row]) -> Iterator[tuple[datetime, datetime]]:
    until: datetime | None = None
    for one in records:
        if kind_of(one) == "frame" or one["kind"] != "span":
            continue
        if until is not None and one["start_timestamp"] > until:
            yield until, one["start_timestamp"]
        until = max(until or one["end_timestamp"], one["end_timestamp"])


def _row(begins: datetime, ends: datetime) -> Row:
    return {
        "kind": "gap",
        "span_name": "",
        "message": "no span",
        "span_id": "",
        "start_timestamp": begins,
        "end_timestamp": ends,
        "duration": (ends - begins).total_seconds(),
        "level": None,
        "otel_status_code": None,
        "otel_scope_name": None,
        "total_tokens": None,
    }
