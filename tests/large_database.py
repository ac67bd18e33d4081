"""A database as it is after long use, made in little time."""

from datetime import timedelta

import psycopg

from telemetry.named_sql import statements

SQL = statements("tests", "large_database.sql")


def fill(
    url: str,
    messages: int,
    *,
    apart: timedelta,
    kept: timedelta = timedelta(days=30),
    more: int = 0,
) -> None:
    """Fill an empty migrated database with so many messages and all that followed from them.

    One came every `apart`, the last one just now. Of what retention removes, that of the last
    `kept` is there. The number is a multiple of 20, which each user has sent; one has sent `more`.
    """
    given = {"messages": messages, "apart": apart, "kept": kept, "more": more}
    with psycopg.connect(url, autocommit=True) as connection:
        for name, statement in SQL.items():
            if not name.startswith("find_"):
                connection.execute(statement, given)
