"""A trace as rows of bars: which spans are shown, how deep they stand, where their bars are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from werkzeug.datastructures import MultiDict

from bot.web.console.formats import percent
from bot.web.console.rows import Row

MOST = 2_000  # records of a trace that a page reads
NARROWEST = 500  # the part of the whole that a bar has at least, to be seen

TimeKind = Literal["model", "tool", "handoff", "delivery", "database", "frame", "gap"]

# What a name begins with, and which of the five kinds of time it is; else it only holds others.
_KINDS: tuple[tuple[TimeKind, tuple[str, ...]], ...] = (
    ("model", ("token_usage", "anthropic.")),
    ("tool", ("execute_tool ", "mcp_tool:", "browser_check")),
    ("handoff", ("agent_handoff", "agent_brief", "agent_threshold:", "handoff_document")),
    ("delivery", ("delivery", "POST", "GET")),
    ("database", ("database_",)),
)
# What repeats what stands around it.
_INNER = (
    "agent_task_execution", "Execution Phase", "Research & Planning Phase", "agent_spawn",
    "handoff_document", "anthropic.", "database_", "phase_transition", "POST", "GET",
)  # fmt: skip
_STATEMENT = "textcrew.sql"
_TICKS = 5
_POWERS = (0.001, 0.01, 0.1, 1.0, 60.0, 600.0, 3_600.0, 36_000.0, 360_000.0)  # seconds
_STEPS = (1, 2, 5, 10, 15, 30)


@dataclass(frozen=True, kw_only=True)
class SpanFilter:
    """What of a trace is shown; errors always are."""

    statements: bool = False
    events: bool = False
    inner: bool = False
    errors_only: bool = False
    name: str = ""
    at_least: float = 0.0  # milliseconds

    @classmethod
    def of(cls, given: "MultiDict[str, str]") -> "SpanFilter":
        """The filter that an address asks for."""
        return cls(
            statements="sql" in given,
            events="events" in given,
            inner="inner" in given,
            errors_only="errors" in given,
            name=given.get("name", "").strip(),
            at_least=given.get("ms", 0.0, type=float),
        )

    @property
    def leaves_out_time(self) -> bool:
        """Whether what is missing between two bars may only be filtered out."""
        return self.errors_only or bool(self.name) or self.at_least > 0

    def shows(self, record: Row) -> bool:
        """Whether this record has a row."""
        if self.name and self.name.lower() not in record["message"].lower():
            return False
        if (record["duration"] or 0.0) * 1000 < self.at_least:
            return False
        if has_failed(record):
            return True
        return not self.errors_only and (self.inner or not record["span_name"].startswith(_INNER))


@dataclass(frozen=True, kw_only=True)
class SpanBar:
    """A record with its row: `x` and `width` are attributes of an SVG, in percent."""

    record: Row
    name: str
    kind: TimeKind
    depth: int
    x: str
    width: str
    begins: timedelta
    is_open: bool
    has_failed: bool


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A moment that is marked above the bars."""

    x: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The stretch of time that all bars of a page share."""

    begins: datetime
    ends: datetime

    @property
    def seconds(self) -> float:
        """Its length, never nothing."""
        return max((self.ends - self.begins).total_seconds(), 0.001)

    def place(self, begins: datetime, ends: datetime | None) -> tuple[str, str]:
        """Where a bar begins and how wide it is; one that has not ended reaches to now."""
        start = min(max((begins - self.begins).total_seconds(), 0.0), self.seconds)
        end = min(((ends or self.ends) - self.begins).total_seconds(), self.seconds)
        width = max(end - start, self.seconds / NARROWEST)
        return percent(start, self.seconds), percent(width, self.seconds)

    def ticks(self) -> list[Tick]:
        """Round moments, about five of them."""
        steps = (power * factor for power in _POWERS for factor in _STEPS)
        step = next((one for one in steps if self.seconds / one <= _TICKS), self.seconds)
        moments = [number * step for number in range(int(self.seconds // step) + 1)]
        return [Tick(x=percent(one, self.seconds), label=_label(one)) for one in moments]


def bars_of(records: Iterable[Row], shown: SpanFilter, timeline: Timeline) -> list[SpanBar]:
    """The rows of a trace, each span told once: what is within another stands beneath it."""
    known = list(records)
    within: Mapping[str | None, list[Row]] = defaultdict(list)
    ids = {one["span_id"] for one in known if _is_span(one)}
    for one in known:
        parent = one["parent_span_id"]
        within[parent if parent in ids else None].append(one)
    return list(_below(None, 0, within, shown, timeline))


def as_told_last(records: Iterable[Row]) -> list[Row]:
    """Each span once, as it was told last; one that has only begun stands for itself."""
    spans: dict[str, Row] = {}
    others: list[Row] = []
    for one in records:
        if not _is_span(one):
            others.append(one)
            continue
        before = spans.get(one["span_id"])
        if before is None or _rank(one) >= _rank(before):
            spans[one["span_id"]] = one
    return sorted([*spans.values(), *others], key=lambda one: one["start_timestamp"])


def has_failed(record: Row) -> bool:
    """Whether it ended with an error, or tells of one."""
    return record["otel_status_code"] == "ERROR" or record["level"] in {"error", "fatal"}


def kind_of(record: Row) -> TimeKind:
    """Which kind of time it is; a frame only holds others."""
    if record["kind"] == "gap":
        return "gap"
    if record["otel_scope_name"] == _STATEMENT:
        return "database"
    return next((kind for kind, names in _KINDS if record["span_name"].startswith(names)), "frame")


def _below(
    parent: str | None,
    depth: int,
    within: Mapping[str | None, Sequence[Row]],
    shown: SpanFilter,
    timeline: Timeline,
) -> Iterator[SpanBar]:
    for one in within.get(parent, ()):
        has_row = shown.shows(one)
        if has_row:
            yield bar_of(one, depth, timeline)
        if _is_span(one):
            yield from _below(one["span_id"], depth + has_row, within, shown, timeline)


def bar_of(record: Row, depth: int, timeline: Timeline) -> SpanBar:
    """The row of a record."""
    is_open = record["kind"] == "pending_span"
    x, width = timeline.place(
        record["start_timestamp"], None if is_open else record["end_timestamp"]
    )
    return SpanBar(
        record=record,
        name=_name(record),
        kind=kind_of(record),
        depth=min(depth, 8),
        x=x,
        width=width,
        begins=record["start_timestamp"] - timeline.begins,
        is_open=is_open,
        has_failed=has_failed(record),
    )


def _name(record: Row) -> str:
    message: str = record["message"]
    return (
        message.replace("token_usage:", "model call: ")
        .removeprefix("agent_lifecycle:")
        .removeprefix("execute_tool ")
        .replace("delivery:", "message: ")
    )


def _is_span(record: Row) -> bool:
    return record["kind"] in {"span", "pending_span"}


def _rank(record: Row) -> tuple[bool, datetime]:
    return record["kind"] == "span", record["end_timestamp"]


def _label(seconds: float) -> str:
    if seconds < 60 or seconds % 60:
        return f"{seconds:g} s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:g} ms"
    return f"{seconds / 60:g} min" if seconds < 7_200 else f"{seconds / 3600:g} h"
