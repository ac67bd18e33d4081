"""Telemetry of a process, as the settings want it."""

import bot
import telemetry
from bot.database.connection import database_url
from bot.settings import Settings
from telemetry.totals import totals_reader


def observe(settings: Settings, *, role: str) -> None:
    """Start telemetry in this process: after it has forked, before it connects."""
    token = settings.logfire_token
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
        metric_readers=[totals_reader(lambda: database_url(settings))],
    )
