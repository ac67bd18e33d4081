"""How a span of ours begins and ends.

It ends OK, or ERROR with the exception that left it; `mark_failed` is for a failure without an
exception. Work that was put down has not failed: its span ends OK and names the `interruption`.
"""

from asyncio import CancelledError
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, cast

import logfire
from logfire import LogfireSpan
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from telemetry.interruption import Interruption

# The place in the code that Logfire shows for a span is its caller's, not a file of this room.
logfire.add_non_user_code_prefix(Path(__file__).parent)

Value = str | int | float | bool | Sequence[str] | None


def mark_failed(span: LogfireSpan, why: str) -> None:
    """End the span as ERROR although no exception leaves it."""
    span.set_level("error")
    cast(trace.Span, span).set_status(StatusCode.ERROR, why)


@contextmanager
def traced(
    name: str,
    message: str | None = None,
    conventional: Mapping[str, str] | None = None,
    /,
    **attributes: Value,
) -> Iterator[LogfireSpan]:
    """A span that ends as this module says; `conventional` are attributes by others' names."""
    # A message's braces are filled in from the attributes, so that few templates make many
    # messages. The name is given apart, because Logfire would take the template for it.
    known: dict[str, Any] = {
        key: enum_value(value) for key, value in attributes.items() if value is not None
    } | dict(conventional or {})
    interruption: BaseException | None = None
    with logfire.span(message or name, _span_name=name, **known) as span:
        try:
            yield span
        except (Interruption, CancelledError) as error:
            interruption = error  # raised below, where the span does not see it
            span.set_attribute("interruption", type(error).__name__)
        _settle(span)
    if interruption:
        raise interruption


def end_as_of(span: LogfireSpan, moment: int) -> None:
    """End the span as of `moment` (ns since the epoch), so that what is told of it later holds."""
    _settle(span)
    cast(trace.Span, span).end(moment)


def _settle(span: LogfireSpan) -> None:
    if span.is_recording() and span.status.is_unset:
        cast(trace.Span, span).set_status(StatusCode.OK)


def set_known(span: LogfireSpan, **attributes: Value) -> None:
    """Set those attributes that are not None."""
    span.set_attributes({key: enum_value(v) for key, v in attributes.items() if v is not None})


def enum_value(value: Value) -> Value:
    """The value of an enumeration's member, which Logfire would write as quoted JSON."""
    return cast(str, value.value) if isinstance(value, Enum) else value
