"""Several questions in one statement, so that a step which needs much asks the database once.

The statements stay as they stand in their files. Put together, all see the database as it is at the
same moment, and rows come with the types that they have alone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, LiteralString, TypeVar

from psycopg import AsyncConnection

from telemetry.named_sql import note_name

T = TypeVar("T")

_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Asked(Generic[T]):
    """A statement that reads, with its parameters; `make` makes a row of its columns."""

    statement: LiteralString
    values: Mapping[str, object]
    make: Callable[..., T]

    def rows(self, answer: tuple[list[str] | None, list[tuple[Any, ...]]]) -> list[T]:
        """The rows of an answer: the columns' names, which there are if there is a row."""
        names, rows = answer
        return [self.make(**dict(zip(names or (), row, strict=True))) for row in rows]


def value_of(**columns: T) -> T:
    """Makes a row that has one column."""
    (value,) = columns.values()
    return value


def all_of(**columns: object) -> tuple[object, ...]:
    """Makes a row as it is."""
    return tuple(columns.values())


async def ask_together(connection: AsyncConnection, *asked: Asked[Any]) -> list[list[Any]]:
    """The rows of each, in their order."""
    values = {
        f"{_prefix(number)}_{name}": value
        for number, one in enumerate(asked)
        for name, value in one.values.items()
    }
    text = _composed(tuple(one.statement for one in asked))
    # Only in binary form do rows within a row come with their types.
    cursor = await connection.cursor(binary=True).execute(text, values)
    row = await cursor.fetchone()
    assert row is not None  # it has no condition
    return [one.rows((row[2 * number], row[2 * number + 1])) for number, one in enumerate(asked)]


@cache
def _composed(statements: tuple[LiteralString, ...]) -> LiteralString:
    parts: list[LiteralString] = []
    columns: list[LiteralString] = []
    for number, statement in enumerate(statements):
        name = _prefix(number)
        renamed: LiteralString = _PARAMETER.sub(rf"%({name}_\1)s", statement.rstrip(";\n "))
        parts.append(f"{name} AS MATERIALIZED ({renamed})")
        columns.append(
            f"(SELECT ARRAY(SELECT json_object_keys(row_to_json({name}))) FROM {name} LIMIT 1),"
            f" ARRAY(SELECT {name} FROM {name})"
        )
    text: LiteralString = "WITH " + ", ".join(parts) + " SELECT " + ", ".join(columns)
    note_name(text, of=statements)
    return text


def _prefix(number: int) -> LiteralString:
    return f"q{number}"
