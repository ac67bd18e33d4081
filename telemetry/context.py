"""Whose work it is: ids that land on every span and log inside, without leaving the process.

OpenTelemetry's own baggage would be sent to every service that we call.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

import logfire
from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from telemetry import genai

_NOTHING: Mapping[str, str] = MappingProxyType({})
_bound: ContextVar[Mapping[str, str]] = ContextVar("textcrew_bound", default=_NOTHING)


@contextmanager
def bound(
    *,
    user_id: str | None = None,
    request_id: str | None = None,
    project_id: str | None = None,
    conversation_id: str | None = None,
) -> Iterator[None]:
    """Put these ids on every span and log inside; None leaves what an outer `bound` has set.

    Tasks and `asyncio.to_thread` take them along; a thread that is started raw does not.
    """
    ids = {
        "user_id": user_id,
        "request_id": request_id,
        "project_id": project_id,
        "conversation_id": conversation_id,
    }
    known = {name: value for name, value in ids.items() if value is not None}
    if conversation_id is not None:
        known |= genai.conversation(conversation_id)
    token = _bound.set({**_bound.get(), **known})
    try:
        yield
    finally:
        _bound.reset(token)


def bound_ids() -> Mapping[str, str]:
    """The ids that are bound here, by their names."""
    return _bound.get()


@contextmanager
def apart_from_the_trace() -> Iterator[None]:
    """Neither trace what a library does inside, nor let it tell our trace's ids to a service."""
    token = otel.attach(Context())
    try:
        with logfire.suppress_instrumentation():
            yield
    finally:
        otel.detach(token)


class BoundAttributes(SpanProcessor):
    """Sets the bound ids on each span as it starts; what the span says itself wins."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        own = span.attributes or {}
        for name, value in _bound.get().items():
            if name not in own:
                span.set_attribute(name, value)
