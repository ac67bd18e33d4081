"""What the alerts say, asked at most once a minute however many pages show it."""

from dataclasses import dataclass
from threading import Lock
from time import monotonic

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.alerts.notifier import alerts_of, why_blind
from bot.settings.groups import Settings
from bot.web.database import visit
from telemetry.alerts import Alert, AlertState, find

FRESH = 60.0  # seconds
MOST_MILLISECONDS = 2_000  # that one alert may take


@dataclass(frozen=True, kw_only=True)
class WatchedAlert:
    """An alert with what it has found; `unknown` says why nobody knows."""

    alert: Alert
    findings: list[AlertState]
    unknown: str | None = None

    @property
    def fires(self) -> bool:
        """Whether something is beyond its threshold."""
        return bool(self.findings)


class AlertWatch:
    """One for each process; one of its threads asks while the others show what was found before."""

    def __init__(self, settings: Settings, pool: ConnectionPool[Connection]) -> None:
        self._settings = settings
        self._pool = pool
        self._asking = Lock()
        self._watched: list[WatchedAlert] = []
        self._asked_at: float | None = None

    def look(self) -> list[WatchedAlert]:
        """All alerts, those that fire first. Raises `DatabaseUnavailable`."""
        if self._is_stale() and self._asking.acquire(blocking=self._asked_at is None):
            try:
                if self._is_stale():
                    self._watched = self._ask()
                    self._asked_at = monotonic()
            finally:
                self._asking.release()
        return self._watched

    def _is_stale(self) -> bool:
        return self._asked_at is None or monotonic() - self._asked_at > FRESH

    def _ask(self) -> list[WatchedAlert]:
        alerts = alerts_of(self._settings.budgets, self._settings.operators)
        with visit(self._pool) as connection:
            found = [self._evaluated(connection, alert) for alert in alerts]
        return sorted(found, key=lambda one: not one.fires)

    def _evaluated(self, connection: Connection, alert: Alert) -> WatchedAlert:
        if blind := why_blind(alert, self._settings.telemetry):
            return WatchedAlert(alert=alert, findings=[], unknown=blind)
        try:
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(MOST_MILLISECONDS)]
                )
                return WatchedAlert(alert=alert, findings=find(connection, alert))
        except psycopg.Error as error:
            if connection.closed:
                raise
            return WatchedAlert(alert=alert, findings=[], unknown=f"{type(error).__name__}.")
