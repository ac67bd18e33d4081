"""Where alerts look: at the product's database, or at the one where records are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import Connection

from bot.database.connection import database_url
from bot.settings.groups import Settings
from telemetry.alerts import Alert, Finding, find

_NO_RECORDS = "No records are kept here, because LOCAL_RECORDS is false."
_RECORDS_AWAY = "The database that RECORDS_DATABASE_URL names is away."
_CONNECT_SECONDS = 5  # the other alerts wait meanwhile


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What an alert has found; `blind` says why nobody knows."""

    findings: list[Finding]
    blind: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlertSources:
    """Open connections. Without `records`, `blindness` says why records cannot be seen."""

    product: Connection
    records: Connection | None
    blindness: str = ""

    def why_blind(self, alert: Alert) -> str | None:
        """Why the alert can see nothing; None if it can."""
        return self.blindness if alert.reads_records and self.records is None else None

    def look(self, alert: Alert, *, most_milliseconds: int | None = None) -> Looked:
        """How an alert stands, asked for no longer than that if it is given.

        Raises `psycopg.OperationalError` when the product's database is lost.
        """
        if why := self.why_blind(alert):
            return Looked(findings=[], blind=why)
        connection = self._connection_for(alert)
        try:
            with connection.transaction():
                if most_milliseconds is not None:
                    # For the transaction alone: a pooler gives the session to others afterwards.
                    connection.execute(
                        "SELECT set_config('statement_timeout', %s, true)", [str(most_milliseconds)]
                    )
                return Looked(findings=find(connection, alert))
        except psycopg.Error as error:
            if self.product.closed:
                raise
            said = error.diag.message_primary or type(error).__name__
            return Looked(findings=[], blind=f"Its query cannot be run: {said}.")

    def find(self, alert: Alert) -> list[Finding]:
        """Ask now, for an alert that is not blind.

        Raises what the database says when the query cannot be run.
        """
        return find(self._connection_for(alert), alert)

    def _connection_for(self, alert: Alert) -> Connection:
        return self.records if alert.reads_records and self.records else self.product


@contextmanager
def open_sources(settings: Settings) -> Iterator[AlertSources]:
    """Connect for a look. Raises `psycopg.OperationalError` if the product's database is away."""
    with psycopg.connect(database_url(settings), autocommit=True) as product:
        if not settings.telemetry.local_records:
            yield AlertSources(product=product, records=None, blindness=_NO_RECORDS)
        elif settings.records_url is None:
            yield AlertSources(product=product, records=product)
        else:
            try:
                records = psycopg.connect(
                    settings.records_url, autocommit=True, connect_timeout=_CONNECT_SECONDS
                )
            except psycopg.OperationalError:
                yield AlertSources(product=product, records=None, blindness=_RECORDS_AWAY)
                return
            with records:
                yield AlertSources(product=product, records=records)
