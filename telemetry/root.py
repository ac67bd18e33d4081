"""The root span of a request, which outlives the process that opened it.

Its ids are minted when a message is accepted and stored with the request. Work on the request, in
any process, runs below them as below a remote parent. Whichever process ends the request emits the
span under those very ids. A span that was held open instead would be lost with its process.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, StatusCode, TraceFlags

from telemetry.context import bound
from telemetry.tracers import tracer

SPAN_NAME = "user_request"

Attributes = Mapping[str, str | int | float | bool | None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Root:
    """Ids in lower-case hex (32 and 16 characters) and the timezone-aware moment of acceptance."""

    trace_id: str
    span_id: str
    started_at: datetime


_about_to_start: ContextVar[Root | None] = ContextVar("textcrew_root_about_to_start", default=None)


_span_id_to_start: ContextVar[str | None] = ContextVar("textcrew_span_id_to_start", default=None)


class RootIds(IdGenerator):
    """Random ids, but a root gets those it was minted with, and what is told again its own."""

    def generate_trace_id(self) -> int:
        """The root's trace id while a root starts, else a random one."""
        root = _about_to_start.get()
        return _random_bits(128) if root is None else int(root.trace_id, 16)

    def generate_span_id(self) -> int:
        """The root's span id, handed out once, else a random one."""
        root, span_id = _about_to_start.get(), _span_id_to_start.get()
        if span_id is not None:
            _span_id_to_start.set(None)
            return int(span_id, 16)
        if root is None:
            return _random_bits(64)
        _about_to_start.set(None)
        return int(root.span_id, 16)


def mint_root(started_at: datetime | None = None) -> Root:
    """Make the ids of a new request that starts now, unless it did before."""
    return Root(
        trace_id=f"{_random_bits(128):032x}",
        span_id=f"{_random_bits(64):016x}",
        started_at=started_at or datetime.now(UTC),
    )


def open_root(root: Root, attributes: Attributes) -> None:
    """Make the request visible while it runs, or if it dies.

    A span processor sees the span start and Logfire gets a pending span. It is dropped unended;
    `emit` starts it again and ends it.
    """
    _start(root, attributes)


@contextmanager
def attach(root: Root) -> Iterator[None]:
    """Run everything inside below the root."""
    parent = span_context(root.trace_id, root.span_id)
    token = otel_context.attach(trace.set_span_in_context(NonRecordingSpan(parent)))
    try:
        yield
    finally:
        otel_context.detach(token)


@contextmanager
def trace_user_request(
    root: Root,
    *,
    user_id: str,
    request_id: str,
    project_id: str | None,
    conversation_id: str,
) -> Iterator[None]:
    """Run everything inside below the request's root, with its ids on every span and log."""
    with (
        attach(root),
        bound(
            user_id=user_id,
            request_id=request_id,
            project_id=project_id,
            conversation_id=conversation_id,
        ),
    ):
        yield


def emit(
    root: Root,
    *,
    ended_at: datetime,
    attributes: Attributes,
    error: str | None,
    continues: SpanContext | None = None,
) -> None:
    """Emit the root span of a request that has ended; `error` says why it failed.

    `continues` is the root of an earlier request that this one goes on from; it becomes a link.
    """
    span = _start(root, attributes, [Link(continues)] if continues else [])
    if error is None:
        span.set_status(StatusCode.OK)
    else:
        span.set_status(StatusCode.ERROR, error)
    span.end(end_time=nanoseconds(ended_at))


def span_context(trace_id: str, span_id: str) -> SpanContext:
    """The root of those ids, seen from elsewhere."""
    return SpanContext(
        trace_id=int(trace_id, 16),
        span_id=int(span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def start_as(
    span_id: str,
    name: str,
    *,
    context: otel_context.Context,
    attributes: Attributes,
    began_at: datetime,
) -> Span:
    """Start a span under an id that it had before; to be called in a context of its own."""
    _span_id_to_start.set(span_id)
    return tracer("textcrew").start_span(
        name,
        context=context,
        attributes={key: value for key, value in attributes.items() if value is not None},
        start_time=nanoseconds(began_at),
    )


def _start(root: Root, attributes: Attributes, links: Sequence[Link] = ()) -> Span:
    # An empty context, because neither the current span nor the ids bound here are the root's.
    return Context().run(_start_in_empty_context, root, attributes, links)


def _start_in_empty_context(root: Root, attributes: Attributes, links: Sequence[Link]) -> Span:
    _about_to_start.set(root)
    return tracer("textcrew").start_span(
        SPAN_NAME,
        attributes={name: value for name, value in attributes.items() if value is not None},
        links=links,
        start_time=nanoseconds(root.started_at),
    )


def nanoseconds(moment: datetime) -> int:
    """The moment as OpenTelemetry counts: since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _random_bits(count: int) -> int:
    return secrets.randbits(count) or 1  # 0 is no id
