"""What becomes known of a span after it has ended: a record that tells it again, under its ids.

A message is sent in a moment, and whether it has arrived is told by somebody else, later and to
another process. The record with the latest end is what holds, however wrong one of their clocks is.
"""

import time
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import NonRecordingSpan, StatusCode

from telemetry import root
from telemetry.root import Root

_SURELY = 1_000_000_000  # ns


@dataclass(frozen=True, kw_only=True)
class SpanPlace:
    """A span's own id (16 hex characters) and the timezone-aware moment when it began."""

    span_id: str
    began_at: datetime


def current_span() -> SpanPlace | None:
    """The span that runs here; None while nothing is traced."""
    span = trace.get_current_span()
    context = span.get_span_context()
    # Logfire's spans look readable also where what they hold records nothing.
    if not (span.is_recording() and isinstance(span, ReadableSpan) and span.start_time):
        return None
    return SpanPlace(
        span_id=trace.format_span_id(context.span_id),
        began_at=datetime.fromtimestamp(span.start_time / 1e9, UTC),
    )


def link_to(request: Root) -> None:
    """Link the span that runs here to a request which it is not a part of."""
    trace.get_current_span().add_link(root.span_context(request.trace_id, request.span_id))


def tell_again(
    place: SpanPlace,
    *,
    elapsed: timedelta,
    below: Root,
    name: str,
    message: str,
    attributes: Mapping[str, str | int | None],
    error: str | None,
) -> None:
    """Emit the span once more, as it stands now; `error` says why it has failed after all.

    It began `elapsed` ago or little more, by a clock that is everybody's.
    """
    known = {key: value for key, value in attributes.items() if value is not None}
    parent = NonRecordingSpan(root.span_context(below.trace_id, below.span_id))
    span = copy_context().run(
        root.start_as,
        place.span_id,
        name,
        context=trace.set_span_in_context(parent),
        attributes={"logfire.span_type": "span", "logfire.msg": message, **known},
        began_at=place.began_at,
    )
    if error is None:
        span.set_status(StatusCode.OK)
    else:
        span.set_attribute("logfire.level_num", 17)
        span.set_status(StatusCode.ERROR, error)
    span.end(end_time=_end_of(place, elapsed))


def _end_of(place: SpanPlace, elapsed: timedelta) -> int:
    """Now; where the clock by which it began is ahead of ours, surely after its first end."""
    now, least = time.time_ns(), root.nanoseconds(place.began_at + elapsed)
    return now if now >= least else least + _SURELY
