"""What must not leave the process: addresses, the users' words, rows quoted by an error.

Nothing here is a licence to log such things: they are kept out where spans are made. This catches
what libraries would let out on their own, in URLs and in the texts of exceptions.
"""

import re
import traceback
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
from logfire import ScrubbingOptions, ScrubMatch
from logfire.types import ExceptionCallbackHelper
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from pydantic import ValidationError

WITHHELD = "withheld"
PREVIEW_LENGTH = 100  # characters

# A messaging address (whatsapp:+4915…, tel:…, also percent-encoded) or a number with its +.
_ADDRESS = r"\b(?:whatsapp|tel|sms)(?::|%3A)[^\s'\"&,;)<>\\]+|(?:\+|%2B)\d[\d ().-]{5,}\d"
_address = re.compile(_ADDRESS, re.IGNORECASE)
_provider_id = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")  # an account's, a message's

_MESSAGE = "logfire.msg"
_URLS = ("http.url", "url.full", "http.target", "url.path")
_CALLERS = (
    "client.address",
    "http.client_ip",
    "http.user_agent",
    "net.peer.ip",
    "net.peer.port",
    "network.peer.address",
    "url.query",
    "user_agent.original",
)
_KEPT = {"session_id"}

_content_allowed = False


def allow_content(allowed: bool) -> None:
    """Whether `preview` shows anything; it does not until this says so."""
    global _content_allowed
    _content_allowed = allowed


def content_is_allowed() -> bool:
    """Whether users' words may be previewed."""
    return _content_allowed


def preview(text: str) -> str | None:
    """The first 100 characters if content is allowed in telemetry, else None."""
    return redact(text)[:PREVIEW_LENGTH] if _content_allowed else None


def redact(text: str) -> str:
    """The text without addresses."""
    return _address.sub("[address]", text)


def describe(error: BaseException) -> str:
    """The error's message without the data that it would quote."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return redact(error.diag.message_primary)  # the detail lines quote whole rows
    if isinstance(error, ValidationError):
        fields = (
            f"{'.'.join(map(str, detail['loc'])) or 'value'}: {detail['type']}"
            for detail in error.errors(include_input=False, include_context=False)
        )
        return f"{error.title}: {', '.join(fields)}"
    return redact(str(error))


def plain_url(url: str) -> str:
    """The URL without query and user, and without the provider's ids in its path."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return _provider_id.sub("{id}", parts._replace(netloc=host, query="", fragment="").geturl())


def record_exception(helper: ExceptionCallbackHelper) -> None:
    """Logfire's hook: rewrite what is recorded of an exception."""
    error = helper.exception
    private = {
        "exception.message": describe(error),
        "exception.stacktrace": stacktrace(error),
    }
    if isinstance(error, ValidationError):
        # Logfire would add the rejected input itself, so the event is made here.
        helper.no_record_exception()
        helper.span.record_exception(error, attributes=private)
    else:
        helper.event_attributes.update(private)


def scrubbing() -> ScrubbingOptions:
    """Logfire's scrubbing, which also takes addresses out, and keeps the ids that we query by."""
    return ScrubbingOptions(callback=_keep_or_redact, extra_patterns=[_ADDRESS])


class RedactedTexts(SpanProcessor):
    """Cleans what Logfire's scrubbing takes for safe. It has to be the first processor."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        # Logfire also sends spans as they start. Only here may their attributes still be set.
        changes = _request_attributes(span)
        if changes:
            span.set_attributes(changes)
        if _MESSAGE in changes:
            span.update_name(str(changes[_MESSAGE]))

    def on_end(self, span: ReadableSpan) -> None:
        # Instrumentation sets some attributes after the start, and an exception's text as the
        # status after recording it. Logfire hands every processor one copy of the ended span,
        # which has no public way to be changed.
        if changes := _request_attributes(span):
            span._attributes = {**(span.attributes or {}), **changes}  # noqa: SLF001
        if span.status.status_code is StatusCode.ERROR and span.status.description:
            told = _status_text(span, span.status.description)
            span._status = Status(StatusCode.ERROR, told)  # noqa: SLF001


def _request_attributes(span: ReadableSpan) -> dict[str, str]:
    """What to change on the span of an HTTP request so that it names no user and no secret."""
    known = span.attributes or {}
    method = known.get("http.method") or known.get("http.request.method")
    if method is None:
        return {}
    if span.kind is SpanKind.SERVER:
        # A path may be an unguessable link, a query hold a token, a caller's address is a user.
        route = str(known.get("http.route") or "unmatched")
        shown = dict.fromkeys((*_URLS, "http.route"), route) | dict.fromkeys(_CALLERS, "")
        wanted = {key: shown[key] for key in shown if key in known}
        wanted[_MESSAGE] = f"{method} {route}"
    else:
        wanted = {key: plain_url(str(known[key])) for key in _URLS if key in known}
        if "url.query" in known:
            wanted["url.query"] = ""
    return {key: value for key, value in wanted.items() if known.get(key) != value}


def stacktrace(error: BaseException) -> str:
    """The error with where it came from and what led to it, without the data it would quote."""
    return redact("".join(_stacktrace(error)))


def whereabouts(error: BaseException) -> str:
    """The error's classes, where it came from and what led to it, without anything that it says."""
    return "".join(_stacktrace(error, says=lambda _: "")).rstrip()


def _status_text(span: ReadableSpan, said: str) -> str:
    for event in reversed(span.events):
        recorded = event.attributes or {}
        if event.name == "exception":
            return f"{recorded['exception.type']!s}: {recorded['exception.message']!s}"
    return redact(said)


def _stacktrace(
    error: BaseException,
    says: Callable[[BaseException], str] = lambda error: f": {describe(error)}",
) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _stacktrace(cause, says)
        yield "\nwhich led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__qualname__}{says(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield "\nof which one is:\n\n"
            yield from _stacktrace(member, says)


def _keep_or_redact(match: ScrubMatch) -> object:
    """None redacts the whole value."""
    if match.path[-1] in _KEPT:
        return match.value
    if isinstance(match.value, str) and _address.fullmatch(match.pattern_match.group()):
        return redact(match.value)
    return None
