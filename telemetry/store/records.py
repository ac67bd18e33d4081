"""What Logfire would make of a span: rows of `records_all`.

The columns are those that its SQL reference lists; what the SDK carries in attributes of its own
(`logfire.msg` and the like) becomes the column that it is meant for.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, format_span_id, format_trace_id
from opentelemetry.util.types import AttributeValue

Row = tuple[Any, ...]
"""Values in the order of `COLUMNS`."""

RESOURCE_COLUMNS = (
    "otel_resource_attributes",
    "service_name",
    "service_version",
    "service_instance_id",
    "service_namespace",
    "deployment_environment",
    "telemetry_sdk_name",
    "telemetry_sdk_language",
    "telemetry_sdk_version",
    "process_pid",
)

SCOPE_COLUMNS = ("otel_scope_name", "otel_scope_version", "otel_scope_attributes")

COLUMNS = (
    "start_timestamp",
    "end_timestamp",
    "duration",
    "level",
    "kind",
    "span_name",
    "message",
    "trace_id",
    "span_id",
    "parent_span_id",
    "tags",
    "is_exception",
    "exception_type",
    "exception_message",
    "exception_stacktrace",
    "attributes",
    "otel_status_code",
    "otel_status_message",
    "otel_events",
    "otel_links",
    "url_full",
    "url_path",
    "url_query",
    "http_route",
    "http_method",
    "http_response_status_code",
    *SCOPE_COLUMNS,
    *RESOURCE_COLUMNS,
)

KIND = "logfire.span_type"
_MESSAGE = "logfire.msg"
_LEVEL = "logfire.level_num"
_TAGS = "logfire.tags"
_SCHEMA = "logfire.json_schema"
_IN_COLUMNS = {KIND, _MESSAGE, _LEVEL, _TAGS, _SCHEMA}

_LEVELS = ((21, "fatal"), (17, "error"), (13, "warn"), (10, "notice"), (9, "info"), (5, "debug"))
_LONGEST_NAME = 500  # characters; an index takes 2,700 bytes
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span_rows(span: ReadableSpan) -> list[Row]:
    """The rows of a span or log that has ended: itself, and its events but exceptions."""
    context, known = _context(span), span.attributes or {}
    kind = str(known.get(KIND, "span"))
    own = _row(
        span,
        kind=kind,
        attributes=known,
        ended_at=span.end_time or span.start_time or 0,
        events=span.events,
    )
    copied = (event for event in span.events if event.name != "exception")
    return [own, *(_event_row(span, context, event) for event in copied)]


def pending_row(span: ReadableSpan, attributes: Mapping[str, Any]) -> Row:
    """The row of a span that has begun; `attributes` are those that it began with."""
    return _row(
        span, kind="pending_span", attributes=attributes, ended_at=span.start_time or 0, events=()
    )


def moment(nanoseconds: int) -> datetime:
    """The time so many nanoseconds after 1970."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def as_json(value: object) -> str:
    """The value as JSON that PostgreSQL takes, which has no NUL, no half characters and no NaN."""
    try:
        text = _dumps(value)
    except ValueError:
        text = _dumps(_finite(value))
    if "\\u0000" in text:
        text = _NUL.sub(r"\1", text)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _dumps(value: object) -> str:
    return json.dumps(
        value, separators=(",", ":"), default=str, ensure_ascii=False, allow_nan=False
    )


def _finite(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case Mapping():
            return {key: _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case _:
            return value


class _Resources:
    """The values of the last resource, since a process has one, which is costly to compare."""

    def __init__(self) -> None:
        self._last: tuple[Resource, Row] | None = None

    def values(self, resource: Resource) -> Row:
        if self._last is None or self._last[0] is not resource:
            self._last = (resource, _resource_values(resource))
        return self._last[1]


resource_values = _Resources().values
"""The values of `RESOURCE_COLUMNS`."""


def _resource_values(resource: Resource) -> Row:
    known = resource.attributes
    return (
        as_json(dict(known)),
        *(
            storable_text(known.get(name))
            for name in (
                "service.name",
                "service.version",
                "service.instance.id",
                "service.namespace",
            )
        ),
        storable_text(
            known.get("deployment.environment.name") or known.get("deployment.environment")
        ),
        *(
            storable_text(known.get(f"telemetry.sdk.{name}"))
            for name in ("name", "language", "version")
        ),
        _integer(known.get("process.pid")),
    )


@lru_cache(maxsize=64)
def scope_values(scope: InstrumentationScope | None) -> Row:
    """The values of `SCOPE_COLUMNS`."""
    if scope is None:
        return (None, None, None)
    return (scope.name, scope.version or None, as_json(dict(scope.attributes or {})))


def storable_text(value: object) -> str | None:
    """The value as text that PostgreSQL takes."""
    if value is None or value == "":
        return None
    text = str(value).replace("\x00", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _name(text: str) -> str:
    """The name as its index takes it: a library may have filled in a log's template."""
    name = storable_text(text) or ""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _row(
    span: ReadableSpan,
    *,
    kind: str,
    attributes: Mapping[str, Any],
    ended_at: int,
    events: Sequence[Event],
) -> Row:
    context, started_at = _context(span), span.start_time or 0
    exception = next(
        (event.attributes or {} for event in reversed(events) if event.name == "exception"), None
    )
    raised = exception or {}
    status = span.status
    return (
        moment(started_at),
        moment(ended_at),
        (ended_at - started_at) / 1e9 if kind == "span" else None,
        _level(attributes.get(_LEVEL)),
        kind,
        _name(span.name),
        storable_text(attributes.get(_MESSAGE)) or storable_text(span.name) or "",
        format_trace_id(context.trace_id),
        format_span_id(context.span_id),
        format_span_id(span.parent.span_id) if span.parent else None,
        _tags(attributes.get(_TAGS)),
        exception is not None,
        storable_text(raised.get("exception.type")),
        storable_text(raised.get("exception.message")),
        storable_text(raised.get("exception.stacktrace")),
        as_json(_attributes(attributes)),
        status.status_code.name,
        storable_text(status.description),
        as_json([_event(event) for event in events]) if events else None,
        as_json([_link(link) for link in span.links]) if span.links else None,
        *_request(attributes),
        *scope_values(span.instrumentation_scope),
        *resource_values(span.resource),
    )


def _event_row(span: ReadableSpan, context: SpanContext, event: Event) -> Row:
    known = event.attributes or {}
    at = moment(event.timestamp)
    return (
        at,
        at,
        None,
        _level(known.get(_LEVEL)),
        "span_event",
        _name(event.name),
        storable_text(event.name) or "",
        format_trace_id(context.trace_id),
        format_span_id(context.span_id),
        format_span_id(context.span_id),
        None,
        False,
        None,
        None,
        None,
        as_json(dict(known)),
        *(None,) * 10,
        *scope_values(span.instrumentation_scope),
        *resource_values(span.resource),
    )


def _context(span: ReadableSpan) -> SpanContext:
    context: SpanContext | None = span.context
    if context is None:
        raise ValueError("a span without ids cannot be kept")
    return context


def _attributes(known: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """The attributes without those that have columns; what the SDK wrote as JSON is JSON again."""
    shown = {name: value for name, value in known.items() if name not in _IN_COLUMNS}
    schema = known.get(_SCHEMA)
    if isinstance(schema, str):
        for name, described in json.loads(schema).get("properties", {}).items():
            value = shown.get(name)
            if described and isinstance(value, str):
                shown[name] = _decoded(value)
    return shown


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:  # cut by a limit, or plain text after all
        return value


def _request(known: Mapping[str, Any]) -> Row:
    """What the semantic conventions, old and new, tell of an HTTP request."""
    return (
        storable_text(known.get("url.full") or known.get("http.url")),
        storable_text(known.get("url.path") or known.get("http.target")),
        storable_text(known.get("url.query")),
        storable_text(known.get("http.route")),
        storable_text(known.get("http.request.method") or known.get("http.method")),
        _integer(known.get("http.response.status_code") or known.get("http.status_code")),
    )


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_name": event.name,
        "event_timestamp": moment(event.timestamp).isoformat(),
        "attributes": dict(event.attributes or {}),
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "trace_id": format_trace_id(link.context.trace_id),
        "span_id": format_span_id(link.context.span_id),
        "attributes": dict(link.attributes or {}),
    }


def _level(number: object) -> str:
    if not isinstance(number, int):
        return "info"
    return next((name for least, name in _LEVELS if number >= least), "trace")


def _tags(tags: object) -> list[str] | None:
    return [str(tag) for tag in tags] if isinstance(tags, Iterable) and tags else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None
