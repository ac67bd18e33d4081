"""Telemetry of a process, as the settings want it."""

from collections.abc import Callable
from functools import partial

from opentelemetry.sdk.metrics.export import MetricReader

import bot
import telemetry
from bot.database.connection import database_url
from bot.errors import DatabaseUnavailable
from bot.settings.groups import Settings
from telemetry.metric_totals import totals_reader
from telemetry.store import RecordStore, StoreUnavailable


def observe(settings: Settings, *, role: str) -> None:
    """Start telemetry in this process: after it has forked, before it connects."""
    wanted, locate = settings.telemetry, partial(_locate, settings)
    token = wanted.logfire_token
    store = RecordStore(partial(_locate_records, settings)) if wanted.local_records else None
    is_on = wanted.enabled or wanted.local_records
    telemetry.configure(
        service_role=role,
        service_name=wanted.service_name,
        environment=settings.env,
        version=bot.__version__,
        logfire_token=token.get_secret_value() if token else None,
        sends=wanted.enabled,
        sample_rate=wanted.trace_sample_rate,
        console=wanted.console,
        content=wanted.content,
        slow_sql_ms=0 if wanted.trace_sql == "all" else wanted.slow_sql_ms,
        span_processors=[store.span_processor] if store else [],
        # Each begins to ask when it is made.
        metric_readers=_metric_readers(locate, store) if is_on else [],
    )


def _metric_readers(locate: Callable[[], str], store: RecordStore | None) -> list[MetricReader]:
    totals = totals_reader(locate)
    return [totals, store.metric_reader()] if store else [totals]


def _locate_records(settings: Settings) -> str:
    return settings.records_url or _locate(settings)


def _locate(settings: Settings) -> str:
    try:
        return database_url(settings)
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error
