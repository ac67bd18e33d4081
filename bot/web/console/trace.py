"""What the records say of a request: its waterfall, and one span in detail."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from bot.web.console.rows import Row, row, rows
from bot.web.console.unrecorded import with_gaps
from bot.web.console.waterfall import (
    MOST,
    SpanBar,
    SpanFilter,
    Timeline,
    as_told_last,
    bars_of,
    has_failed,
)
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "waterfall.sql")

_SPAN_ID = re.compile(r"[0-9a-f]{16}")

EARLIER = timedelta(minutes=1)  # that a trace may begin before its request was stored

# What stands at the head of the page, or is said by libraries to each other.
_UNTOLD = ("user_id", "request_id", "project_id", "conversation_id", "session_id",
           "code.", "logfire.", "gen_ai.", "telemetry.")  # fmt: skip
# What may hold words of users.
_WORDS = frozenset({"request_preview", "ai_reasoning"})
_TOKENS = ("input_tokens", "cache_creation_tokens", "cache_read_tokens", "output_tokens",
           "thinking_tokens", "total_tokens", "remaining_tokens", "operation.cost")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A request's trace, as far as it is shown."""

    timeline: Timeline
    bars: list[SpanBar] = field(default_factory=list)
    counts: Row = field(default_factory=dict)
    records: list[Row] = field(default_factory=list)
    picked: "Span | None" = None
    is_cut: bool = False  # there is more than a page reads
    is_away: bool = False  # nobody can look where records are kept


@dataclass(frozen=True, kw_only=True)
class Span:
    """One span with its attributes in groups: tokens, what it is about, where it ran."""

    record: Row
    groups: Mapping[str, Mapping[str, Any]]

    @property
    def has_failed(self) -> bool:
        """Whether it ended with an error."""
        return has_failed(self.record)


def read_trace(
    connection: Connection | None,
    request: Row,
    shown: SpanFilter,
    picked: str | None,
    now: datetime,
) -> Trace:
    """Read the trace of a request; without a picked span one that is worth a look is."""
    if connection is None:
        return Trace(timeline=_timeline(request, [], now), is_away=True)
    which = {
        "trace_id": request["trace_id"],
        "since": request["accepted_at"] - EARLIER,
    }
    counts = row(connection, SQL["count_records"], **which) or {}
    records = rows(
        connection,
        SQL["list_records"],
        **which,
        with_statements=shown.statements,
        with_events=shown.events,
        limit=MOST,
    )
    timeline = _timeline(request, records, now)
    newest = as_told_last(records)
    bars = bars_of(newest, shown, timeline)
    chosen = picked if picked and _SPAN_ID.fullmatch(picked) else _worth_a_look(bars)
    found = chosen and row(connection, SQL["find_record"], **which, span_id=chosen)
    return Trace(
        timeline=timeline,
        bars=bars if shown.leaves_out_time else with_gaps(bars, newest, timeline),
        counts=counts,
        records=newest,
        is_cut=len(records) == MOST,
        picked=_span(found) if found else None,
    )


def _worth_a_look(bars: list[SpanBar]) -> str | None:
    """The span that failed the deepest, which is where the others have it from, or the root."""
    failed = [bar for bar in bars if bar.has_failed]
    bar = max(failed, key=lambda bar: bar.depth) if failed else next(iter(bars), None)
    return bar.record["span_id"] if bar else None


def _timeline(request: Row, records: list[Row], now: datetime) -> Timeline:
    begins = min((one["start_timestamp"] for one in records), default=request["accepted_at"])
    ends = request["closed_at"] or now
    return Timeline(begins=min(begins, request["accepted_at"]), ends=max(ends, begins))


def _span(record: Row) -> Span:
    attributes = dict(_told(record.pop("attributes")))
    groups = {
        "Tokens": {name: attributes.pop(name) for name in _TOKENS if name in attributes},
        "About": attributes,
        "Where": {
            "span": record["span_id"],
            "parent": record["parent_span_id"] or "none",
            "service": record["service_name"],
            "process": record["process_pid"],
        },
    }
    return Span(record=record, groups={name: group for name, group in groups.items() if group})


def _told(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in attributes.items():
        if name.startswith(_UNTOLD) or value is None:
            continue
        if name in _WORDS:
            yield name, f"{len(str(value))} characters, not shown"
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else value
