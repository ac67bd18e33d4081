"""A receiver of OpenTelemetry's protocol on a loopback port, for tests of what leaves a process.

It takes what Logfire's exporter sends (gzip protobuf) and answers the token check. Point a process
at it with `receiver.environment()`, which sets the standard variable LOGFIRE_BASE_URL.
"""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

import telemetry

FAKE_TOKEN = "pylf_v1_local_0123456789abcdef"

Value = str | bool | int | float | bytes | list["Value"] | dict[str, "Value"] | None


@dataclass(frozen=True, kw_only=True)
class ReceivedSpan:
    """A span, a log of Logfire's (`kind` log) or the sign of a span that began (pending_span)."""

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    started_at: datetime
    ended_at: datetime
    status: str
    status_message: str
    attributes: Mapping[str, Value]
    events: list[tuple[str, Mapping[str, Value]]]
    links: list[tuple[str, str]]
    scope: str
    resource: Mapping[str, Value]

    @property
    def kind(self) -> str:
        """span, log or pending_span."""
        return str(self.attributes.get("logfire.span_type", "span"))

    @property
    def message(self) -> str:
        """What Logfire shows."""
        return str(self.attributes.get("logfire.msg", self.name))

    def number(self, attribute: str) -> float:
        """An attribute that is to be a number."""
        value = self.attributes[attribute]
        assert isinstance(value, int | float), f"{attribute} of {self.name} is {value!r}"
        return value


@dataclass(frozen=True, kw_only=True)
class ReceivedLog:
    """A record of OpenTelemetry's own logging."""

    body: Value
    trace_id: str
    span_id: str
    attributes: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class ReceivedPoint:
    """One data point of a metric; `value` of a histogram is its sum, `count` its observations."""

    metric: str
    unit: str
    value: float
    count: int
    attributes: Mapping[str, Value]


@dataclass
class OtlpReceiver:
    """What has arrived so far."""

    base_url: str = ""
    status: int = 200
    """What exports are answered with."""
    silent: bool = False
    """Take connections and never answer."""
    everything: list[ReceivedSpan] = field(default_factory=list)
    logs: list[ReceivedLog] = field(default_factory=list)
    points: list[ReceivedPoint] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """Every export as it was on the wire, unzipped: for searching what must not be in it."""
    released: threading.Event = field(default_factory=threading.Event)

    def environment(self) -> dict[str, str]:
        """The variables that send a process's telemetry here."""
        return {"LOGFIRE_BASE_URL": self.base_url, "LOGFIRE_TOKEN": FAKE_TOKEN}

    @property
    def spans(self) -> list[ReceivedSpan]:
        """The spans that have ended."""
        return [span for span in list(self.everything) if span.kind == "span"]

    @property
    def events(self) -> list[ReceivedSpan]:
        """What happened at one moment: logs, which Logfire sends as spans of no duration, and what
        spans tell as events of their own, but exceptions.
        """
        everything = list(self.everything)
        told = [
            replace(span, name=name, parent_span_id=span.span_id, attributes=attributes)
            for span in everything
            for name, attributes in span.events
            if name != "exception" and span.kind == "span"
        ]
        return [*(span for span in everything if span.kind == "log"), *told]

    @property
    def pending(self) -> list[ReceivedSpan]:
        """The spans that had begun when their batch was sent."""
        return [span for span in list(self.everything) if span.kind == "pending_span"]

    def in_trace(self, trace_id: str) -> list[ReceivedSpan]:
        """The ended spans of a trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    def span(self, name: str, *, within: float = 60.0) -> ReceivedSpan:
        """The one span of that name, waiting up to `within` seconds for it."""
        self.wait_for(lambda: any(span.name == name for span in self.spans), within=within)
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def wait_for(self, condition: Callable[[], bool], *, within: float = 60.0) -> None:
        """Wait up to `within` seconds until `condition` holds. Raises AssertionError if not."""
        deadline = time.monotonic() + within
        while not condition():
            names = sorted({span.name for span in self.everything})
            assert time.monotonic() < deadline, f"never arrived; there are {names}"
            time.sleep(0.02)

    def clear(self) -> None:
        """Forget what has arrived."""
        for received in (self.everything, self.logs, self.points, self.bodies):
            received.clear()

    def take(self, path: str, body: bytes) -> None:
        """Decode an export."""
        self.bodies.append(body)
        if path == "/v1/traces":
            self.everything.extend(_spans(ExportTraceServiceRequest.FromString(body)))
        elif path == "/v1/logs":
            self.logs.extend(_logs(ExportLogsServiceRequest.FromString(body)))
        elif path == "/v1/metrics":
            self.points.extend(_points(ExportMetricsServiceRequest.FromString(body)))


@contextmanager
def otlp_receiver(port: int = 0) -> Iterator[OtlpReceiver]:
    """Serve on a loopback port (0: any free one) until the block ends."""
    receiver, server = _serve(port)
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()


@cache
def receiver_of_this_process() -> OtlpReceiver:
    """Configure telemetry in the process of the tests; what it sends is received until it ends."""
    receiver, _ = _serve(0)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOGFIRE_BASE_URL", receiver.base_url)
        telemetry.configure(
            service_role="tests",
            environment="development",
            version="0.0.0",
            logfire_token=FAKE_TOKEN,
            sends=True,
        )
    return receiver


def _serve(port: int) -> tuple[OtlpReceiver, "_Server"]:
    receiver = OtlpReceiver()

    class Handler(_Handler):
        target = receiver

    server = _Server(("127.0.0.1", port), Handler)
    receiver.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return receiver, server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target: OtlpReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self._answers():
            if self.target.status == 200:
                self.target.take(self.path, body)
            self._answer(self.target.status, "application/x-protobuf", b"")

    def do_GET(self) -> None:
        """The check of the token that Logfire makes when a process starts."""
        if self._answers():
            project = {"project_name": "local", "project_url": f"{self.target.base_url}/local"}
            self._answer(self.target.status, "application/json", json.dumps(project).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answers(self) -> bool:
        if self.target.silent:
            self.target.released.wait()
        return not self.target.silent

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _spans(request: ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield ReceivedSpan(
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_span_id=span.parent_span_id.hex() or None,
                    started_at=_moment(span.start_time_unix_nano),
                    ended_at=_moment(span.end_time_unix_nano),
                    status=("UNSET", "OK", "ERROR")[span.status.code],
                    status_message=span.status.message,
                    attributes=_attributes(span.attributes),
                    events=[(event.name, _attributes(event.attributes)) for event in span.events],
                    links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                    scope=scope_spans.scope.name,
                    resource=resource,
                )


def _logs(request: ExportLogsServiceRequest) -> Iterator[ReceivedLog]:
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            for record in scope_logs.log_records:
                yield ReceivedLog(
                    body=_value(record.body),
                    trace_id=record.trace_id.hex(),
                    span_id=record.span_id.hex(),
                    attributes=_attributes(record.attributes),
                )


def _points(request: ExportMetricsServiceRequest) -> Iterator[ReceivedPoint]:
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                for number in (*metric.sum.data_points, *metric.gauge.data_points):
                    yield ReceivedPoint(
                        metric=metric.name,
                        unit=metric.unit,
                        value=number.as_double or float(number.as_int),
                        count=1,
                        attributes=_attributes(number.attributes),
                    )
                for distribution in (
                    *metric.histogram.data_points,
                    *metric.exponential_histogram.data_points,
                ):
                    yield ReceivedPoint(
                        metric=metric.name,
                        unit=metric.unit,
                        value=distribution.sum,
                        count=distribution.count,
                        attributes=_attributes(distribution.attributes),
                    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Value:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bytes_value":
            return value.bytes_value
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case _:
            return None


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
