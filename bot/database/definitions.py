"""The functions, views and triggers of the database as they are now, a file each.

Their folders are beside this module. A file is applied whether or not the database has an earlier
form of it (`CREATE OR REPLACE`), after the migrations, which make tables and what belongs to them.
What has no file any more, and a view whose columns change, is dropped by a migration.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import psycopg
from psycopg import Connection, sql

from telemetry.named_sql import statements

SQL = statements("bot.database", "definitions.sql")

# In this order: views and triggers need functions. Functions need each other only when they run.
FOLDERS = ("functions", "views", "triggers")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One function, view or trigger."""

    name: str  # of its file, which for a function is its own
    text: str


@cache
def definitions(folder: str) -> tuple[Definition, ...]:
    """What a folder holds, in the order in which it is applied."""
    found = sorted((files("bot.database") / folder).iterdir(), key=lambda file: file.name)
    return tuple(
        Definition(name=file.name.removesuffix(".sql"), text=file.read_text("utf-8"))
        for file in found
    )


@cache
def definitions_id(folder: str) -> str:
    """What the present form of a folder is recorded as, beside the migrations."""
    together = "".join(definition.text for definition in definitions(folder))
    return f"{folder}.{hashlib.sha256(together.encode()).hexdigest()[:12]}"


def define(connection: Connection, folder: str) -> None:
    """Create what a folder holds, in place of any earlier form. Runs in a transaction.

    Views and triggers wait for those who read and write the tables beneath them.
    """
    if folder == "functions":
        _define_functions(connection)
    else:
        for definition in definitions(folder):
            connection.execute(definition.text.encode())


def _define_functions(connection: Connection) -> None:
    connection.execute(SQL["leave_bodies_unchecked"])
    earlier = _forms_by_name(connection)
    functions = definitions("functions")
    for function in functions:
        try:
            with connection.transaction():
                connection.execute(function.text.encode())
        except psycopg.errors.InvalidFunctionDefinition:  # one with another result is not replaced
            _drop(connection, earlier.pop(function.name, set()))
            connection.execute(function.text.encode())
    # Parameters of other types make another function; the one that had the former must not stay.
    present = _forms_by_name(connection)
    for function in functions:
        former = earlier.get(function.name, set())
        if present[function.name] - former:
            _drop(connection, former)


def _forms_by_name(connection: Connection) -> dict[str, set[str]]:
    """All functions, each with the types of its parameters, by the names of their files."""
    return {name: set(forms) for name, forms in connection.execute(SQL["list_functions"])}


def _drop(connection: Connection, forms: set[str]) -> None:
    for form in sorted(forms):
        connection.execute(sql.SQL("DROP FUNCTION {}").format(sql.SQL(form)))
