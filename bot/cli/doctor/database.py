"""Checks of the databases, and of what can be seen in them: workers, what is sent, records."""

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias

import psycopg
from psycopg import Connection

from bot.cli.doctor.diagnosis import START_DEMO, TIMEOUT, Check, Diagnosis, bad, good
from bot.database.connection import database_url
from bot.database.migrate import pending
from bot.delivery import circuit_breaker
from bot.errors import ConfigurationError, DatabaseTooOld, TextcrewError
from bot.operating.liveness import ComponentDown, look_at_workers, refusal_of_writes
from bot.operating.pauses import list_pauses
from bot.settings.groups import Settings
from telemetry.store.querying import HOW_TO_ADMIT, is_reader_admitted

DatabaseCheck: TypeAlias = Callable[[Settings, Connection], Diagnosis]


def check_database(settings: Settings) -> Diagnosis:
    """Connect, and see how new the server is."""
    try:
        with _connect(database_url(settings)) as connection:
            version = connection.info.server_version // 10_000
    except ConfigurationError as error:
        return bad("database", str(error))
    except (psycopg.OperationalError, TextcrewError) as error:
        reason = str(error).strip().splitlines()[0]
        return bad("database", reason, "Check DATABASE_URL, and that PostgreSQL runs there.")
    if version < 15:
        return bad("database", f"PostgreSQL {version}", "Use PostgreSQL 15 or newer.")
    return good("database", f"PostgreSQL {version}")


def check_migrations(settings: Settings) -> Diagnosis:
    """See whether the schema is the newest."""
    try:
        waiting = pending(database_url(settings))
    except DatabaseTooOld as error:
        return bad("migrations", str(error))
    except (psycopg.Error, TextcrewError):
        return _unknown("migrations")
    if waiting:
        return bad("migrations", f"{len(waiting)} not applied", "Run: textcrew migrate")
    return good("migrations", "all applied")


def _needs_database(check: str) -> Callable[[DatabaseCheck], Check]:
    """Give a check an open connection, or say of it that the database does not tell."""

    def connected(look: DatabaseCheck) -> Check:
        @wraps(look)
        def checked(settings: Settings) -> Diagnosis:
            try:
                with _connect(database_url(settings)) as connection:
                    return look(settings, connection)
            except (psycopg.Error, TextcrewError):  # of another release, it may lack anything
                return _unknown(check)

        return checked

    return connected


@_needs_database("writes")
def check_writes(_: Settings, connection: Connection) -> Diagnosis:
    """Try a write, of which nothing stays."""
    refusal = refusal_of_writes(connection)
    if refusal is not None:
        return bad(
            "writes",
            f"the database takes no writes ({refusal})",
            "Migrate it, see to its disk, or let DATABASE_URL lead to the primary.",
        )
    return good("writes", "the database takes writes")


@_needs_database("worker")
def check_worker(settings: Settings, connection: Connection) -> Diagnosis:
    """Look whether workers live, and take the jobs of every queue."""
    try:
        return good("worker", look_at_workers(connection))
    except ComponentDown as down:
        remedy = START_DEMO if settings.is_local else "Run: textcrew worker"
        return bad("worker", str(down), remedy)


@_needs_database("sending")
def check_sending(_: Settings, connection: Connection) -> Diagnosis:
    """Look whether the circuit breaker or an operator keeps messages back."""
    halted = circuit_breaker.find(connection)
    pauses = list_pauses(connection)
    if halted is not None:
        return bad(
            "sending",
            f"nothing is sent since {halted.since:%Y-%m-%d %H:%M %Z}: {halted.reason}",
            "Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN; sending then resumes by itself.",
        )
    if pauses:
        paused = "; ".join(
            f"the {one.what} since {one.since:%Y-%m-%d %H:%M %Z}, by {one.operator}: {one.reason}"
            for one in pauses
        )
        return bad("sending", f"paused is {paused}", "Run: textcrew resume")
    return good("sending", "nothing is halted or paused")


def check_records(settings: Settings) -> Diagnosis:
    """See whether records are kept, and can be asked for."""
    if not settings.telemetry.local_records:
        return good("records", "not kept in our database")
    own = settings.records_url
    try:
        url = own or database_url(settings)
        if own and pending(own):
            return bad("records", "their database lacks tables", "Run: textcrew migrate")
        with _connect(url) as connection:
            if is_reader_admitted(connection):
                where = ", in a database of their own" if own else ""
                return good("records", f"kept for textcrew query{where}")
            remedy = HOW_TO_ADMIT.format(user=connection.info.user)
    except (psycopg.Error, TextcrewError):
        name = "RECORDS_DATABASE_URL" if own else "DATABASE_URL"
        return bad("records", "the database does not tell", f"Mend what {name} names first.")
    return bad("records", "kept, but queries are refused", remedy)


def check_queries(settings: Settings) -> Diagnosis:
    """Look whether the database that is to answer queries can do so."""
    if settings.operators.query_database_url is None:
        return good("queries", "answered by the database that keeps the records")
    url = settings.operators.query_database_url.get_secret_value()
    remedy = "Let QUERY_DATABASE_URL name a replica of the database that keeps the records."
    try:
        with _connect(url) as connection:
            if not is_reader_admitted(connection):
                return bad("queries", "its queries are refused", remedy)
            is_replica = connection.info.parameter_status("in_hot_standby") == "on"
    except psycopg.Error as error:
        return bad("queries", str(error).strip().splitlines()[0], remedy)
    who = "a replica" if is_replica else "a database that is no replica"
    return good("queries", f"answered by {who}")


def _connect(url: str) -> Connection:
    return psycopg.connect(url, connect_timeout=int(TIMEOUT))


def _unknown(check: str) -> Diagnosis:
    return bad(check, "the database does not tell", "Mend the database first.")
