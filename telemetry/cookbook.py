"""The questions that operators ask, as SQL that runs unchanged in Logfire and in PostgreSQL.

Each file of `telemetry/queries` begins with its title and the question that it answers. What may
be set is written in its first line of SQL, `WITH parameters AS (SELECT 30.0 AS seconds)`, so that
the file can also be pasted into Logfire as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_HEADER = re.compile(r"^-- (title|question|bar|parameter (\w+)): (.+)$", re.MULTILINE)
_COMMENTS = re.compile(r"\A(?:--[^\n]*\n)+")
_LITERAL = r"'(?:[^']|'')*'|-?\d+(?:\.\d+)?"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class UnknownParameter(Exception):
    """The query has no parameter of that name, or it does not take that value."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query of the cookbook; `bar` names the column whose numbers compare."""

    name: str
    title: str
    question: str
    bar: str | None
    parameters: Mapping[str, str]
    sql: str

    def filled_in(self, values: Mapping[str, str]) -> str:
        """Return the SQL with these values. Raises `UnknownParameter`."""
        sql = self.sql
        for name, value in values.items():
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise UnknownParameter(f"{self.name} has no parameter {name}; it has {known}.")
            place = re.compile(rf"({_LITERAL}) AS {name}\b")
            found = place.search(sql)
            assert found is not None, f"{self.name}: {name} is declared and not there"
            written = _literal(name, value, is_text=found[1].startswith("'"))
            sql = f"{sql[: found.start(1)]}{written}{sql[found.end(1) :]}"
        return sql


@cache
def cookbook() -> Mapping[str, Query]:
    """Read all queries, by name and in the order of their names."""
    texts = {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in (files("telemetry") / "queries").iterdir()
        if file.name.endswith(".sql")
    }
    return {name: _read(name, texts[name]) for name in sorted(texts)}


def _read(name: str, text: str) -> Query:
    headers = _HEADER.findall(text)
    said = {field: value for field, parameter, value in headers if not parameter}
    return Query(
        name=name,
        title=said["title"],
        question=said["question"],
        bar=said.get("bar"),
        parameters={parameter: value for _, parameter, value in headers if parameter},
        sql=_COMMENTS.sub("", text).strip(),
    )


def _literal(name: str, value: str, *, is_text: bool) -> str:
    if is_text:
        return "'" + value.replace("'", "''") + "'"
    if not _NUMBER.fullmatch(value):
        raise UnknownParameter(f"{name} has to be a number, not {value!r}.")
    return value
