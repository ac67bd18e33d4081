"""`textcrew alerts`: which alerts fire now, and `--watch` to tell operators of them."""

import sys
import time
from dataclasses import dataclass
from datetime import timedelta

import click
import psycopg

from bot.alerting import alerts_of, tell_changes
from bot.cli.duration import DURATION
from bot.cli.tables import show
from bot.database.connection import database_url
from bot.settings import load_settings
from telemetry.alerts import Finding, find

COLUMNS = ("alert", "title", "threshold", "window", "state", "found")


@dataclass(frozen=True, kw_only=True)
class Line:
    """An alert and how it stands."""

    alert: str
    title: str
    threshold: str
    window: str
    state: str
    found: str
    findings: list[Finding]


@click.command()
@click.option("--watch", is_flag=True, help="Go on looking, and tell of changes.")
@click.option("--every", type=DURATION, default="30s", show_default=True, help="With --watch.")
@click.option("--json", "as_json", is_flag=True, help="Print the alerts as JSON.")
def alerts(watch: bool, every: timedelta, as_json: bool) -> None:
    """Show the alerts; exits 1 when one fires.

    With --watch, each alert that begins to fire and each that recovers is told once to
    ALERT_WEBHOOK_URL and ALERT_WHATSAPP_TO, also over restarts.
    """
    if watch:
        _watch(every)
    lines = _look()
    show(lines, columns=COLUMNS, as_json=as_json, nothing="")
    if any(line.findings for line in lines):
        sys.exit(1)


def _watch(every: timedelta) -> None:
    from bot.alert_ways import teller

    settings = load_settings()
    tell = teller(settings)
    while True:
        try:
            with psycopg.connect(database_url(settings), autocommit=True) as connection:
                tell_changes(connection, alerts_of(settings), tell)
        except psycopg.OperationalError as error:
            click.echo(f"The database is away: {str(error).strip().splitlines()[0]}", err=True)
        time.sleep(every.total_seconds())


def _look() -> list[Line]:
    settings = load_settings()
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        found = [(alert, find(connection, alert)) for alert in alerts_of(settings)]
    return [
        Line(
            alert=alert.name,
            title=alert.title,
            threshold=f"{alert.threshold:g} {alert.unit}",
            window=_in_words(alert.window),
            state="FIRING" if findings else "ok",
            found=", ".join(f"{item.subject}: {item.value:.6g}" for item in findings),
            findings=findings,
        )
        for alert, findings in found
    ]


def _in_words(window: timedelta) -> str:
    minutes = int(window.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
