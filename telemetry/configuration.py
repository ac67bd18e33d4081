"""Sets telemetry up for a process, and sends the last of it when the process ends.

Nothing here may slow or stop the product: without a token, with a bad one, without a network and
with a server that never answers, the process starts, works and ends as it would without telemetry.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, Protocol, runtime_checkable

import logfire
from logfire import AdvancedOptions, ConsoleOptions, MetricsOptions, SamplingOptions
from logfire.exceptions import LogfireConfigError
from opentelemetry.propagate import set_global_textmap
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from telemetry import privacy
from telemetry.context import BoundAttributes
from telemetry.flushing import Flusher
from telemetry.instrumentation import instrument_libraries
from telemetry.logs import log_to_logfire, log_to_stderr
from telemetry.root import RootIds
from telemetry.sampling import HeadSampler, OnlyRecorded, TailSampler
from telemetry.sql import SLOW_MS, trace_statements

log = logging.getLogger(__name__)

SERVICE_NAME = "textcrew"
FLUSH_SECONDS = 2.0

_OTLP_EXPORTERS = ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER")


@runtime_checkable
class _EndsWithTheProcess(Protocol):
    """A provider of the SDK, of any kind; the class of the one for logs is not public."""

    def shutdown(self) -> None: ...


_configured_in: int | None = None
_flusher: Flusher | None = None


def configure(
    *,
    service_role: str,
    environment: str,
    version: str,
    logfire_token: str | None,
    sends: bool,
    service_name: str = SERVICE_NAME,
    sample_rate: float = 1.0,
    console: bool = False,
    log_level: str = "INFO",
    content: Literal["off", "preview"] = "off",
    slow_sql_ms: float = SLOW_MS,
    span_processors: Sequence[SpanProcessor] = (),
    metric_readers: Sequence[MetricReader] = (),
) -> None:
    """Set telemetry and logging up; once per process, after it has forked, before it connects.

    `service_role` is web, worker or the like. Spans go to `span_processors`, with `console` as
    lines to standard output and, if it `sends`, to Logfire if there is a token and to any OTLP
    backend that the standard variables name. LOGFIRE_BASE_URL names another server than Logfire's.
    `sample_rate` is the share of traces (0 to 1) that is sent whole; `span_processors` see all of
    them. SQL that takes `slow_sql_ms` is a span. A further call in the same process does nothing.
    """
    global _configured_in
    if _configured_in == os.getpid():
        return
    _configured_in = os.getpid()
    privacy.allow_content(content == "preview")
    log_to_stderr(log_level)
    # Trace ids go out; baggage neither leaves nor enters, whatever OTEL_PROPAGATORS says.
    set_global_textmap(TraceContextTextMapPropagator())
    if not sends:
        logfire_token = None
        os.environ.update(dict.fromkeys(_OTLP_EXPORTERS, "none"))
    sinks = (span_processors, metric_readers, console)
    if not (any(sinks) or (sends and (logfire_token or _otlp_endpoint()))):
        _switch_off()
        return
    # Logfire checks the token in a thread that takes over whether it is a daemon. One that is not
    # would keep a short-lived process waiting for a server that does not answer.
    head = HeadSampler(sample_rate)
    starting = threading.Thread(
        target=_switch_on,
        args=(
            partial(
                logfire.configure,
                token=logfire_token,
                send_to_logfire=bool(logfire_token),
                service_name=f"{service_name}-{service_role}",
                service_version=version,
                environment=environment,
                resource_attributes={"service.namespace": service_name},
                console=ConsoleOptions(show_project_link=False) if console else False,
                metrics=MetricsOptions(additional_readers=metric_readers),
                inspect_arguments=False,
                distributed_tracing=False,
                add_baggage_to_attributes=False,
                scrubbing=privacy.scrubbing(),
                sampling=SamplingOptions(head=head),
                additional_span_processors=[
                    privacy.RedactedTexts(),
                    TailSampler(head),
                    BoundAttributes(),
                    *map(OnlyRecorded, span_processors),
                ],
                advanced=AdvancedOptions(
                    id_generator=RootIds(), exception_callback=privacy.record_exception
                ),
            ),
        ),
        daemon=True,
    )
    starting.start()
    starting.join()
    if _flusher is not None:
        trace_statements(slow_sql_ms)
    else:
        # Nothing is measured then, and a reader that goes on asking complains each time.
        for reader in metric_readers:
            reader.shutdown()


def is_on() -> bool:
    """Whether telemetry is recorded in this process."""
    return _flusher is not None and _configured_in == os.getpid()


def flush(seconds: float = FLUSH_SECONDS) -> bool:
    """Send what is buffered, for at most that long. Tells whether all of it was handed over."""
    if _flusher is None or _configured_in != os.getpid():
        return True
    return _flusher.flush(seconds)


def _switch_on(configure_logfire: Callable[[], object]) -> None:
    global _flusher
    try:
        configure_logfire()
    except (LogfireConfigError, ValueError, OSError) as error:
        log.warning("Telemetry stays off: %s", error)
        _switch_off()
        return
    instrument_libraries()
    log_to_logfire()
    _flusher = Flusher()
    atexit.register(_end)


def _switch_off() -> None:
    logfire.configure(
        send_to_logfire=False,
        console=False,
        metrics=False,
        inspect_arguments=False,
        distributed_tracing=False,
        sampling=SamplingOptions(head=ALWAYS_OFF),
    )


def _end() -> None:
    if flush():
        return
    # The providers would wait for the same silent server once more.
    config = logfire.DEFAULT_LOGFIRE_INSTANCE.config
    for provider in (
        config.get_tracer_provider().provider,
        config.get_meter_provider().provider,
        config.get_logger_provider().provider,
    ):
        if isinstance(provider, _EndsWithTheProcess):
            atexit.unregister(provider.shutdown)


def _otlp_endpoint() -> bool:
    return any(
        name.startswith("OTEL_EXPORTER_OTLP_") and name.endswith("ENDPOINT") for name in os.environ
    )
