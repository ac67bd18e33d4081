"""Which spans are recorded, and which of them leave the process.

A trace is sent whole or not, by its id alone, so that every process that works on a request
decides alike and nothing needs to be stored. Of the other traces the root is sent all the same,
and what operators must not miss: errors, slow and expensive spans, each with the spans above it.

Of a request to us whose caller is not known nothing is sent but logged errors (`callers`).
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

from telemetry.callers import is_unknown
from telemetry.root import SPAN_NAME

SLOW = 30.0  # seconds
EXPENSIVE = 0.10  # USD

_DROPPED = TraceState([("textcrew", "dropped")])
_ERROR_LEVEL = 17  # Logfire's number for `error`
_LOW_BITS = 2**64 - 1


class TraceShare(Sampler):
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
        if lonely or "textcrew" in parent.trace_state:
            return SamplingResult(Decision.DROP, trace_state=_DROPPED)
        if is_unknown() and not _is_error(attributes or {}):
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
        return f"TraceShare{{{self._rate}}}"


class KeepTelling(SpanProcessor):
    """Lets a span of a trace that is not sent out all the same, if it or one below it tells much.

    So it does with a request's span that was held back until its caller was known. It has to come
    before the processors that export.
    """

    def __init__(self, share: TraceShare) -> None:
        self._share = share
        self._above_kept: set[int] = set()

    def on_end(self, span: ReadableSpan) -> None:
        own = span.context
        if own is None or own.trace_flags.sampled:
            return
        if span.kind is SpanKind.SERVER and is_unknown():
            self._above_kept.discard(own.span_id)
            return
        was_held_back = span.kind is SpanKind.SERVER and self._share.has(own.trace_id)
        if not (was_held_back or own.span_id in self._above_kept or _tells_much(span)):
            return
        self._above_kept.discard(own.span_id)
        if span.parent is not None and not span.parent.is_remote:
            self._above_kept.add(span.parent.span_id)
        # Logfire hands every processor one copy of the ended span; it has no public way to change.
        span._context = SpanContext(  # noqa: SLF001
            own.trace_id, own.span_id, own.is_remote, TraceFlags(TraceFlags.SAMPLED)
        )


class OnlySent(SpanProcessor):
    """Shows a processor of someone else's only the spans that leave the process.

    One that is kept for what it told is seen at its end only.
    """

    def __init__(self, processor: SpanProcessor) -> None:
        self._processor = processor

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if _is_sent(span):
            self._processor.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        if _is_sent(span):
            self._processor.on_end(span)

    def shutdown(self) -> None:
        self._processor.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._processor.force_flush(timeout_millis)


def _is_sent(span: ReadableSpan) -> bool:
    return span.context is not None and span.context.trace_flags.sampled


def _is_error(attributes: Mapping[str, AttributeValue]) -> bool:
    level = attributes.get("logfire.level_num")
    return isinstance(level, int) and level >= _ERROR_LEVEL


def _tells_much(span: ReadableSpan) -> bool:
    known = span.attributes or {}
    cost = known.get("operation.cost")
    seconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
    return (
        span.status.status_code is StatusCode.ERROR
        or _is_error(known)
        or (isinstance(cost, float) and cost >= EXPENSIVE)
        or seconds >= SLOW
    )
