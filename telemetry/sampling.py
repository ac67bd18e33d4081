"""Which spans are recorded, and which of them leave the process.

A trace is sent whole or not, by its id alone, so that every process that works on a request
decides alike and nothing needs to be stored. Of the other traces the root is sent all the same,
and what operators must not miss: errors, slow and expensive spans, each with the spans above it.
What is kept here (`telemetry.store`) is whole whatever is sent.

Some spans are held back until they end, and neither sent nor kept unless worth a record: a
periodic task that found nothing to do with all below it, and a request to us whose caller is not
known, of which nothing is recorded but logged errors (`callers`).
"""

from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
    get_current_span,
)
from opentelemetry.util.types import Attributes, AttributeValue

from telemetry.callers import leaves_no_span
from telemetry.root import SPAN_NAME

SLOW = 30.0  # seconds
EXPENSIVE = 0.10  # USD

PERIODIC = "periodic_task"  # the name of its spans
THINGS_DONE = "things_done"  # an attribute of theirs

_MARK = "textcrew"  # on the state of a span's trace, which what is below inherits
_DROPPED = TraceState([(_MARK, "dropped")])
_HELD_BACK = TraceState([(_MARK, "held_back")])
_SPAN_TYPE = "logfire.span_type"
_ERROR_LEVEL = 17  # Logfire's number for `error`
_LOW_BITS = 2**64 - 1


class HeadSampler(Sampler):
    """Records everything but lonely calls; marks what is in the share of traces as sampled.

    A lonely call is a root that is a call to a database or a service, made for no request or task:
    a queue asking for jobs, a pool checking its connections. They are many and tell nothing.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._bound = round(rate * 2**64)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        lonely = not parent.is_valid and kind is SpanKind.CLIENT
        if lonely or parent.trace_state.get(_MARK) == "dropped":
            return SamplingResult(Decision.DROP, trace_state=_DROPPED)
        if (name == PERIODIC and not parent.is_valid) or _MARK in parent.trace_state:
            return SamplingResult(Decision.RECORD_ONLY, attributes, trace_state=_HELD_BACK)
        if leaves_no_span() and not _is_error(attributes or {}):
            if kind is SpanKind.SERVER:
                return SamplingResult(Decision.RECORD_ONLY, attributes)  # decided at its end
            return SamplingResult(Decision.DROP, trace_state=_DROPPED)
        if name == SPAN_NAME or self.has(trace_id):
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        return SamplingResult(Decision.RECORD_ONLY, attributes)

    def has(self, trace_id: int) -> bool:
        """Whether that trace is sent whole."""
        return trace_id & _LOW_BITS < self._bound

    def get_description(self) -> str:
        return f"HeadSampler{{{self._rate}}}"


class TailSampler(SpanProcessor):
    """Sends notable spans of traces that are not sent whole, each with the spans above it.

    What was held back is let go, if it is worth a record after all. It has to come before the
    processors that export.
    """

    def __init__(self, head: HeadSampler) -> None:
        self._head = head
        self._above_sent: set[int] = set()
        self._above_recorded: set[int] = set()

    def on_end(self, span: ReadableSpan) -> None:
        own = span.context
        if own is None or own.trace_flags.sampled:
            return
        is_notable = own.span_id in self._above_sent or _is_notable(span)
        is_recorded = own.span_id in self._above_recorded or is_notable or _is_worth_a_record(span)
        self._above_sent.discard(own.span_id)
        self._above_recorded.discard(own.span_id)
        if span.kind is SpanKind.SERVER:
            is_recorded = not leaves_no_span()
        if not is_recorded:
            _mark(span, own, TraceFlags.DEFAULT, _DROPPED)
            return
        was_held_back = span.kind is SpanKind.SERVER or _MARK in own.trace_state
        is_sent = is_notable or (was_held_back and self._head.has(own.trace_id))
        if span.parent is not None and not span.parent.is_remote:
            self._above_recorded.add(span.parent.span_id)
            if is_sent:
                self._above_sent.add(span.parent.span_id)
        _mark(span, own, TraceFlags.SAMPLED if is_sent else TraceFlags.DEFAULT, TraceState())


class OnlyRecorded(SpanProcessor):
    """Shows a processor all spans that are worth a record, whether or not they are sent.

    One that was held back is seen at its end only.
    """

    def __init__(self, processor: SpanProcessor) -> None:
        self._processor = processor

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if not _is_held_back(span):
            self._processor.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is not None and _MARK not in span.context.trace_state:
            self._processor.on_end(span)

    def shutdown(self) -> None:
        self._processor.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._processor.force_flush(timeout_millis)


def _mark(span: ReadableSpan, own: SpanContext, flags: int, state: TraceState) -> None:
    # Logfire hands every processor one copy of the ended span; it has no public way to change.
    span._context = SpanContext(  # noqa: SLF001
        own.trace_id, own.span_id, own.is_remote, TraceFlags(flags), state
    )


def _is_held_back(span: ReadableSpan) -> bool:
    if span.context is None or _MARK in span.context.trace_state:
        return True
    return span.kind is SpanKind.SERVER and leaves_no_span()


def _is_error(attributes: Mapping[str, AttributeValue]) -> bool:
    level = attributes.get("logfire.level_num")
    return isinstance(level, int) and level >= _ERROR_LEVEL


def _is_worth_a_record(span: ReadableSpan) -> bool:
    """Whether a span that nothing was held against is worth a record, or one that was held back."""
    if span.context is None or _MARK not in span.context.trace_state:
        return True
    known = span.attributes or {}
    return known.get(_SPAN_TYPE) == "log" or bool(known.get(THINGS_DONE))


def _is_notable(span: ReadableSpan) -> bool:
    known = span.attributes or {}
    cost = known.get("operation.cost")
    seconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
    return (
        span.status.status_code is StatusCode.ERROR
        or _is_error(known)
        or (isinstance(cost, float) and cost >= EXPENSIVE)
        or seconds >= SLOW
    )
