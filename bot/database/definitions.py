"""The functions, views and triggers of the database as they are now, a file each.

Their folders are beside this module. A file is applied whether or not the database has an earlier
form of it (`CREATE OR REPLACE`), after the migrations, which make tables and what belongs to them.
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
    """One function, view or trigger; `folder` tells which."""

    folder: str
    name: str
    text: str


@cache
def definitions() -> tuple[Definition, ...]:
    """All of them, in the order in which they are applied."""
    root = files("bot.database")
    return tuple(
        Definition(folder=folder, name=file.name.removesuffix(".sql"), text=file.read_text("utf-8"))
        for folder in FOLDERS
        for file in sorted((root / folder).iterdir(), key=lambda file: file.name)
    )


@cache
def definitions_id() -> str:
    """What their present form is recorded as, beside the migrations."""
    together = hashlib.sha256()
    for definition in definitions():
        together.update(definition.text.encode())
    return f"functions.{together.hexdigest()[:12]}"


def define_functions(connection: Connection) -> None:
    """Create all functions, in place of any earlier form of theirs. Runs in a transaction."""
    connection.execute(SQL["leave_bodies_unchecked"])
    earlier = _forms_by_name(connection)
    functions = [each for each in definitions() if each.folder == "functions"]
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


def define_views_and_triggers(connection: Connection) -> None:
    """Create or replace all of them; each waits for those who read or write its table."""
    for definition in definitions():
        if definition.folder != "functions":
            connection.execute(definition.text.encode())


def _forms_by_name(connection: Connection) -> dict[str, set[str]]:
    """All functions, each with the types of its parameters, by the names of their files."""
    return {name: set(forms) for name, forms in connection.execute(SQL["list_functions"])}


def _drop(connection: Connection, forms: set[str]) -> None:
    for form in sorted(forms):
        connection.execute(sql.SQL("DROP FUNCTION {}").format(sql.SQL(form)))
