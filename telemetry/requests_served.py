"""The span of an HTTP request to us that is answered without Flask.

It is made by hand, with what is asked of it and no more: what a library's instrumentation tells of
a request costs as much as answering a short one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind

from telemetry import instrumentation
from telemetry.tracers import tracer

_STATUS = "http.status_code"


@contextmanager
def request_span(method: str, route: str) -> Iterator[Span]:
    """Answer a request inside, as a trace of its own; `note_status` says with what."""
    if not instrumentation.is_tracing():
        yield INVALID_SPAN
        return
    name = f"{method} {route}"
    attributes = {"http.method": method, "http.route": route, "http.target": route}
    span = tracer("textcrew.web").start_span(
        name, context=Context(), kind=SpanKind.SERVER, attributes=attributes
    )
    with trace.use_span(span, end_on_exit=True):
        yield span


def note_status(span: Span, status: int) -> None:
    """Say with which status a request is answered."""
    span.set_attribute(_STATUS, status)
