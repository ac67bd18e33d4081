"""`textcrew alerts`: which alerts fire now, and `--watch` to tell operators of them.

One that cannot see is blind, which is neither ok nor firing, and keeps no other from being seen.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import click
import psycopg

from bot.alerts.notifier import tell_changes
from bot.alerts.sources import AlertSources, open_sources
from bot.alerts.thresholds import alerts_of
from bot.cli.duration import DURATION
from bot.cli.printing import say
from bot.cli.tables import show
from bot.settings.loading import load_settings
from telemetry.alerts import Alert, Finding

COLUMNS = ("alert", "title", "threshold", "window", "state", "found", "remedy")


@dataclass(frozen=True, kw_only=True)
class AlertLine:
    """An alert and how it stands; `state` is ok, FIRING or BLIND, and `found` says what or why.

    `remedy` is what to do when it fires.
    """

    alert: str
    title: str
    threshold: str
    window: str
    state: str
    found: str
    remedy: str
    findings: list[Finding]


@click.command()
@click.option("--watch", is_flag=True, help="Go on looking, and tell of changes.")
@click.option("--every", type=DURATION, default="30s", show_default=True, help="With --watch.")
@click.option("--json", "as_json", is_flag=True, help="Print the alerts as JSON.")
def alerts(watch: bool, every: timedelta, as_json: bool) -> None:
    """Show the alerts; exits 1 when one fires or is blind.

    With --watch, each alert that begins to fire and each that recovers is told once to
    ALERT_WEBHOOK_URL and ALERT_WHATSAPP_TO, also over restarts.
    """
    if watch:
        _watch(every)
    lines = _look()
    show(lines, columns=COLUMNS, as_json=as_json, nothing="")
    if any(line.state != "ok" for line in lines):
        sys.exit(1)


def _watch(every: timedelta) -> None:
    from bot.alerts.channels import channels_of

    settings = load_settings()
    channels = channels_of(settings)
    watched = alerts_of(settings.budgets, settings.operators)
    blind: dict[str, str] = {}  # told of already
    while True:
        try:
            with open_sources(settings) as sources:
                blind = _tell_blind(sources, watched, told=blind)
                seen = [alert for alert in watched if alert.name not in blind]
                tell_changes(sources, seen, channels)
        except psycopg.OperationalError as error:
            say(f"The database is away: {str(error).strip().splitlines()[0]}", err=True)
        time.sleep(every.total_seconds())


def _tell_blind(
    sources: AlertSources, alerts: Sequence[Alert], *, told: dict[str, str]
) -> dict[str, str]:
    """Say of each alert that has become blind why, once; returns all that are, with why."""
    blind = {alert.name: why for alert in alerts if (why := sources.why_blind(alert))}
    for name, why in blind.items():
        if told.get(name) != why:
            say(f"The alert {name} is blind: {why}", err=True)
    return blind


def _look() -> list[AlertLine]:
    settings = load_settings()
    with open_sources(settings) as sources:
        return [
            _look_at(sources, alert) for alert in alerts_of(settings.budgets, settings.operators)
        ]


def _look_at(sources: AlertSources, alert: Alert) -> AlertLine:
    """How the alert stands. Raises `psycopg.OperationalError` when the connection is lost."""
    looked = sources.look(alert)
    told = ", ".join(f"{item.subject}: {item.value:.6g}" for item in looked.findings)
    return AlertLine(
        alert=alert.name,
        title=alert.title,
        threshold=f"{alert.threshold:g} {alert.unit}",
        window=_in_words(alert.window),
        state="BLIND" if looked.blind else "FIRING" if looked.findings else "ok",
        found=looked.blind or told,
        remedy=alert.remedy,
        findings=looked.findings,
    )


def _in_words(window: timedelta) -> str:
    minutes = int(window.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
