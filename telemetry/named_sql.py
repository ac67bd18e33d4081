"""Statements by name from `.sql` files.

A statement begins at a line `-- name: some_name` and ends at the next such line; further comment
lines say what it is for. `bot`, `handoffs` and `telemetry` keep all their SQL this way.

Comment lines ahead of the statement are left out of it, so that its first word is its verb.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import LiteralString, cast

_names: dict[str, str] = {}  # of all statements that were read, by their texts

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_LEADING_COMMENTS = re.compile(r"\A(?:\s*--.*\n)*\s*")


@cache
def statements(package: str, file: str) -> Mapping[str, LiteralString]:
    """Read `file` of `package` and return its statements by name.

    The texts ship with the program and never hold input, hence `LiteralString`.
    """
    pieces = _NAME.split((files(package) / file).read_text("utf-8"))
    texts = (_LEADING_COMMENTS.sub("", piece).rstrip() for piece in pieces[2::2])
    named = dict(zip(pieces[1::2], texts, strict=True))
    _names.update({text: name for name, text in named.items()})
    return MappingProxyType(cast(dict[str, LiteralString], named))


def note_name(statement: str, *, of: Sequence[str]) -> None:
    """Let a statement that is put together of others be known by their names."""
    _names[statement] = " ".join(map(name_of, of))


def name_of(statement: str) -> str:
    """The name of a statement in its file, or its verb where it has none there."""
    return _names.get(statement) or statement.split(None, 1)[0].upper() if statement else ""
