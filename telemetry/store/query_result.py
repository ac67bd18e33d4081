"""Answers to queries about records, and how long one may take: to compute, to fetch, to write."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class QueryRefused(Exception):
    """The query is wrong, or asks for what it may not; `line` and `column` count from 1."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.line = line
        self.column = column


class Deadline:
    """The moment until which a query must be answered, `seconds` after this was made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left; negative when it is over."""
        return self._until - time.monotonic()

    def keep(self) -> None:
        """Raise `QueryRefused` if it is over."""
        if self.left() < 0:
            raise self.missed()

    def missed(self, code: str | None = None) -> QueryRefused:
        """Make the error that says so."""
        return QueryRefused(
            f"The query took longer than {self.seconds:g} seconds and was stopped.", code=code
        )


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of an answer; `type` is PostgreSQL's name of it."""

    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """Rows of values as JSON has them: times are text, levels are numbers. Names are unique."""

    columns: list[Column]
    rows: list[list[Any]]
    deadline: Deadline | None = field(default=None, compare=False)

    def read(self) -> Iterator[list[Any]]:
        """Give the rows to who writes them down. Raises `QueryRefused` when that takes too long."""
        for row in self.rows:
            if self.deadline is not None:
                self.deadline.keep()
            yield row
