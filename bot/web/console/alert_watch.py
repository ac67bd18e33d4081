"""What the alerts say, asked at most once a minute however many pages show it."""

from dataclasses import dataclass

import psycopg

from bot.alerts.notifier import ToldAlert, list_told
from bot.alerts.sources import AlertSources, open_sources
from bot.alerts.thresholds import alerts_of
from bot.errors import DatabaseUnavailable
from bot.settings.groups import Settings
from bot.web.console.cached_answer import CachedAnswer
from bot.web.database import AWAY
from telemetry.alerts import Alert, Finding

FRESH = 60.0  # seconds
MOST_MILLISECONDS = 2_000  # that one alert may take


@dataclass(frozen=True, kw_only=True)
class WatchedAlert:
    """An alert with what it has found; `unknown` says why nobody knows.

    `told` is when it has fired the last time, as far as operators were told.
    """

    alert: Alert
    findings: list[Finding]
    told: ToldAlert | None
    unknown: str | None = None

    @property
    def fires(self) -> bool:
        """Whether something is beyond its threshold."""
        return bool(self.findings)


class AlertWatch:
    """One for each process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answer = CachedAnswer(self._ask, seconds=FRESH)

    def look(self) -> list[WatchedAlert]:
        """All alerts, those that fire first. Raises `DatabaseUnavailable`."""
        return self._answer.look()

    def _ask(self) -> list[WatchedAlert]:
        alerts = alerts_of(self._settings.budgets, self._settings.operators)
        try:
            with open_sources(self._settings) as sources:
                told = list_told(sources.product)
                found = [_evaluated(sources, alert, told.get(alert.name)) for alert in alerts]
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable(AWAY) from error
        return sorted(found, key=lambda one: not one.fires)


def _evaluated(sources: AlertSources, alert: Alert, told: ToldAlert | None) -> WatchedAlert:
    """How it stands. Raises `psycopg.OperationalError` when the product's database is lost."""
    looked = sources.look(alert, most_milliseconds=MOST_MILLISECONDS)
    return WatchedAlert(alert=alert, findings=looked.findings, told=told, unknown=looked.blind)
