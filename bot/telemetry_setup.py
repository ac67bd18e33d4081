"""Telemetry of a process, as the settings want it."""

from opentelemetry.sdk.metrics.export import MetricReader

import bot
import telemetry
from bot.database.connection import database_url
from bot.errors import DatabaseUnavailable
from bot.settings import Settings
from telemetry.metric_store import totals_reader
from telemetry.store import RecordStore, StoreUnavailable


def observe(settings: Settings, *, role: str) -> None:
    """Start telemetry in this process: after it has forked, before it connects."""
    token = settings.logfire_token
    store = record_store(settings)
    telemetry.configure(
        service_role=role,
        service_name=settings.service_name,
        environment=settings.env,
        version=bot.__version__,
        logfire_token=token.get_secret_value() if token else None,
        enabled=settings.enable_logfire,
        sample_rate=settings.trace_sample_rate,
        console=settings.telemetry_console,
        content=settings.telemetry_content,
        slow_sql_ms=0 if settings.trace_sql == "all" else settings.slow_sql_ms,
        span_processors=[store.span_processor] if store else [],
        metric_readers=_metric_readers(settings, store),
    )


def _metric_readers(settings: Settings, store: RecordStore | None) -> list[MetricReader]:
    """The readers, none where nothing is measured: each begins to ask when it is made."""
    if not settings.enable_logfire:
        return []
    totals = totals_reader(lambda: _locate(settings))
    return [totals, store.metric_reader()] if store else [totals]


def record_store(settings: Settings) -> RecordStore | None:
    """Return what keeps this process's records in our database, if the settings want that."""
    if not (settings.enable_logfire and settings.local_records):
        return None
    return RecordStore(lambda: _locate(settings))


def _locate(settings: Settings) -> str:
    try:
        return database_url(settings)
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error
