"""Rows for the templates: a statement names its columns, a template shows them."""

from typing import Any, LiteralString, TypeAlias

from psycopg import Connection
from psycopg.rows import dict_row

Row: TypeAlias = dict[str, Any]
Lists: TypeAlias = dict[str, Any]
"""What a page shows or answers as JSON, by name."""


def rows(connection: Connection, statement: LiteralString, **given: object) -> list[Row]:
    """All rows of a statement."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, given or None).fetchall()


def row(connection: Connection, statement: LiteralString, **given: object) -> Row | None:
    """The first row, if there is one."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, given or None).fetchone()
