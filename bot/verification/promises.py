"""What the product promises of its data, and what in the database breaks it.

Everything is read in one transaction, so a look over a running system sees one moment of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from psycopg import Connection, sql
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.verification", "promises.sql")

PROMISES = {
    "messages_end": "Every message that was accepted comes to an end.",
    "answers_go_out": "What is to be sent is in somebody's hands.",
    "nothing_twice": "Nobody is told the same twice.",
    "jobs_have_workers": "Every job that runs has a worker that lives.",
    "builds_go_on": "Every open build is worked on, or waits for its user.",
    "agents_have_builds": "No agent outlives its build.",
    "links_lead_somewhere": "Every link shows a version that is there.",
    "words_are_kept": "What users ask of an app is kept, and names what is there.",
    "budgets_are_the_ledger": "Budgets say what the ledger of model calls says.",
    "reservations_have_calls": "Nothing is held back from a budget without a call.",
    "goodbyes_end": "Forgetting somebody comes to an end.",
    "nothing_comes_back": "Nothing comes back that was sent before its user was forgotten.",
}
NO_STRANGERS = "Nothing is kept of users who are not known."


@dataclass(frozen=True, kw_only=True)
class Violation:
    """What breaks a promise: the id of a row, and what is wrong with it."""

    id: str
    fault: str


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A promise and what breaks it; it holds where there are no faults."""

    name: str
    promise: str
    faults: list[Violation]


def check_promises(connection: Connection, *, grace: timedelta) -> list[Promise]:
    """Every promise, with what breaks it.

    What is younger than `grace` may be on its way and is not judged.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        promises = [
            Promise(name=name, promise=promise, faults=_faults(connection, name, grace))
            for name, promise in PROMISES.items()
        ]
        strangers = list(chain.from_iterable(_strangers(connection)))
        strangers += _faults(connection, "jobs_of_strangers", grace)
    return [*promises, Promise(name="no_strangers", promise=NO_STRANGERS, faults=strangers)]


def _faults(connection: Connection, name: str, grace: timedelta) -> list[Violation]:
    with connection.cursor(row_factory=class_row(Violation)) as cursor:
        cursor.execute(SQL[name], {"grace": grace.total_seconds()})
        return cursor.fetchall()


def _strangers(connection: Connection) -> Iterator[list[Violation]]:
    """Rows of users without a contact, in whichever tables name users."""
    for (table,) in connection.execute(SQL["tables_about_users"]).fetchall():
        query = sql.SQL(
            "SELECT user_id AS id, count(*) || ' rows in ' || {name} AS fault FROM {table}"
            " WHERE user_id IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM contact WHERE contact.user_id = {table}.user_id)"
            " GROUP BY user_id"
        ).format(name=sql.Literal(table), table=sql.Identifier(table))
        with connection.cursor(row_factory=class_row(Violation)) as cursor:
            yield cursor.execute(query).fetchall()
