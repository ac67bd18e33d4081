"""Tells operators of alerts: when one begins to fire, and when it has recovered, each once.

What was told is kept in the database, by channel, so neither a restart nor a second watcher repeats
it, nor does a channel because another one fails. A notice is sent before what notes it is
committed: if the watcher dies in between, it comes twice rather than never.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg import Connection
from psycopg.rows import class_row

from bot.alerts.sources import AlertSources
from bot.errors import AlertNotSent
from bot.markup.shortening import one_line, shorten
from telemetry.alerts import Alert, Finding
from telemetry.named_sql import statements

SQL = statements("bot.alerts", "notifier.sql")

SHOWN = 5  # findings in a notice's text
LONGEST = 150  # characters of what one is about: WhatsApp takes 1,600 in all

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What an operator is told; without findings it is a recovery."""

    alert: Alert
    findings: list[Finding]

    @property
    def text(self) -> str:
        """The notice as operators read it."""
        if not self.findings:
            return f"Recovered: {self.alert.title}."
        shown = [
            f"{shorten(one_line(found.subject), LONGEST)}: {found.value:.6g}"
            for found in self.findings[:SHOWN]
        ]
        limit = f"over {self.alert.threshold:g} {self.alert.unit}"
        return "\n".join([f"{self.alert.title} ({limit}):", *shown, f"To do: {self.alert.remedy}."])


Channel = Callable[[Notice], None]
"""Sends a notice; raises `AlertNotSent`."""


@dataclass(frozen=True, kw_only=True)
class ToldAlert:
    """When an alert has fired the last time that operators were told, and when it has recovered.

    Told by any channel.
    """

    name: str
    fired_at: datetime
    recovered_at: datetime | None


def list_told(connection: Connection) -> dict[str, ToldAlert]:
    """What was told, by the alerts' names; nothing where nobody watches."""
    with connection.cursor(row_factory=class_row(ToldAlert)) as cursor:
        return {one.name: one for one in cursor.execute(SQL["list_told"])}


def tell_changes(
    sources: AlertSources, alerts: Sequence[Alert], channels: Mapping[str, Channel]
) -> None:
    """Look at every alert once and tell what has changed; what cannot be sent or noted waits.

    One that cannot be evaluated or sent keeps no other from it; none of them is blind. Raises
    `psycopg.OperationalError` when the product's database is lost.
    """
    for alert in alerts:
        try:
            _tell_change(sources, alert, channels)
        except psycopg.Error as error:
            if sources.product.closed:
                raise
            log.warning("the alert %s cannot be evaluated or noted: %s", alert.name, error)


def _tell_change(sources: AlertSources, alert: Alert, channels: Mapping[str, Channel]) -> None:
    connection = sources.product
    with connection.transaction():
        connection.execute(SQL["lock_alert"], {"name": alert.name})
        told_by = connection.execute(SQL["list_told_by"], {"name": alert.name}).fetchall()
        told = [channel for (channel,) in told_by]
        notice = Notice(alert=alert, findings=sources.find(alert))
        if notice.findings:
            for channel in channels.keys() - told:
                _tell(connection, notice, channel, channels[channel], note=SQL["note_alert_told"])
        else:
            for channel in told:  # one that is not set any more has nobody to tell
                tell = channels.get(channel, lambda _: None)
                _tell(connection, notice, channel, tell, note=SQL["note_recovered"])


def _tell(
    connection: Connection, notice: Notice, channel: str, tell: Channel, *, note: LiteralString
) -> None:
    """Tell by one channel, and note it first: what cannot be noted would be told for ever."""
    name = notice.alert.name
    try:
        with connection.transaction():
            connection.execute(note, {"name": name, "channel": channel})
            tell(notice)
    except AlertNotSent as error:
        log.warning("the alert %s could not be sent: %s", name, error)
