"""Tells operators of alerts: when one begins to fire, and when it has recovered, each once.

What was told is kept in the database, so neither a restart nor a second watcher repeats it. A
notice is sent before that is noted: if the watcher dies in between, it comes twice rather than
never.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import Connection
from psycopg.rows import class_row

from bot.alerts.sight import Sight
from bot.errors import AlertNotSent
from bot.settings.groups import BudgetSettings, OperatorSettings
from telemetry.alerts import Alert, AlertState, all_alerts
from telemetry.named_sql import statements

SQL = statements("bot.alerts", "notifier.sql")

SHOWN = 5  # findings in a notice's text
NEARLY = 0.9  # the share of a day's budget beyond which operators hear of it

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What an operator is told; without findings it is a recovery."""

    alert: Alert
    findings: list[AlertState]

    @property
    def text(self) -> str:
        """For users."""
        if not self.findings:
            return f"Recovered: {self.alert.title}."
        shown = [f"{found.subject}: {found.value:.6g}" for found in self.findings[:SHOWN]]
        limit = f"over {self.alert.threshold:g} {self.alert.unit}"
        return "\n".join([f"{self.alert.title} ({limit}):", *shown, f"To do: {self.alert.remedy}."])


Tell = Callable[[Notice], None]
"""Sends a notice; raises `AlertNotSent`."""


def alerts_of(budgets: BudgetSettings, operators: OperatorSettings) -> tuple[Alert, ...]:
    """The alerts, with the thresholds that follow from the settings."""
    return all_alerts(
        thresholds={
            "daily_budget": NEARLY * float(budgets.total_daily_usd),
            "agent_tokens": operators.alert_agent_tokens,
        }
    )


@dataclass(frozen=True, kw_only=True)
class ToldAlert:
    """When an alert has fired the last time that operators were told, and when it has recovered."""

    name: str
    fired_at: datetime
    recovered_at: datetime | None


def list_told(connection: Connection) -> dict[str, ToldAlert]:
    """What was told, by the alerts' names; nothing where nobody watches."""
    with connection.cursor(row_factory=class_row(ToldAlert)) as cursor:
        return {one.name: one for one in cursor.execute(SQL["list_told"])}


def tell_changes(sight: Sight, alerts: Sequence[Alert], tell: Tell) -> None:
    """Look at every alert once and tell what has changed; what cannot be sent waits.

    One that cannot be evaluated or sent keeps no other from it; none of them is blind. Raises
    `psycopg.OperationalError` when the product's database is lost.
    """
    for alert in alerts:
        try:
            _tell_change(sight, alert, tell)
        except AlertNotSent as error:
            log.warning("the alert %s could not be sent: %s", alert.name, error)
        except psycopg.Error as error:
            if sight.product.closed:
                raise
            log.warning("the alert %s cannot be evaluated: %s", alert.name, error)


def _tell_change(sight: Sight, alert: Alert, tell: Tell) -> None:
    connection = sight.product
    with connection.transaction():
        connection.execute(SQL["lock_alert"], {"name": alert.name})
        was_told = connection.execute(SQL["find_told"], {"name": alert.name}).fetchone()
        findings = sight.find(alert)
        if findings and not was_told:
            tell(Notice(alert=alert, findings=findings))
            connection.execute(SQL["note_told"], {"name": alert.name})
        elif was_told and not findings:
            tell(Notice(alert=alert, findings=[]))
            connection.execute(SQL["note_recovered"], {"name": alert.name})
