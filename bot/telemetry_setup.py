"""Telemetry of a process, as the settings want it."""

from opentelemetry.sdk.metrics.export import MetricReader

import bot
import telemetry
from bot.database.connection import database_url
from bot.errors import DatabaseUnavailable
from bot.settings.groups import Settings
from telemetry.metric_store import totals_reader
from telemetry.store import RecordStore, StoreUnavailable


def observe(settings: Settings, *, role: str) -> None:
    """Start telemetry in this process: after it has forked, before it connects."""
    token = settings.telemetry.logfire_token
    store = record_store(settings)
    telemetry.configure(
        service_role=role,
        service_name=settings.telemetry.service_name,
        environment=settings.env,
        version=bot.__version__,
        logfire_token=token.get_secret_value() if token else None,
        enabled=settings.telemetry.enabled,
        sample_rate=settings.telemetry.trace_sample_rate,
        console=settings.telemetry.console,
        content=settings.telemetry.content,
        slow_sql_ms=0 if settings.telemetry.trace_sql == "all" else settings.telemetry.slow_sql_ms,
        span_processors=[store.span_processor] if store else [],
        metric_readers=_metric_readers(settings, store),
    )


def _metric_readers(settings: Settings, store: RecordStore | None) -> list[MetricReader]:
    """The readers, none where nothing is measured: each begins to ask when it is made."""
    if not settings.telemetry.enabled:
        return []
    totals = totals_reader(lambda: _locate(settings))
    return [totals, store.metric_reader()] if store else [totals]


def record_store(settings: Settings) -> RecordStore | None:
    """Return what keeps this process's records in our database, if the settings want that."""
    if not (settings.telemetry.enabled and settings.telemetry.local_records):
        return None
    return RecordStore(lambda: _locate(settings))


def _locate(settings: Settings) -> str:
    try:
        return database_url(settings)
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error
