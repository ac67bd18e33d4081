"""Rows as a table to read, or as JSON for scripts."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot.cli.printing import cell, draw, say

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SHORT_ID = 8  # characters of an id in a table; --json has the whole


def show(
    rows: Sequence["DataclassInstance"],
    *,
    columns: Sequence[str],
    as_json: bool,
    nothing: str,
    is_filtered: bool = False,
) -> None:
    """Print dataclass rows: all fields as JSON, or the named `columns` as a table.

    `nothing` is said when there are none, unless the list `is_filtered`: there may be others.
    """
    if as_json:
        say(json.dumps([asdict(row) for row in rows], default=str, indent=2))
        return
    if not rows:
        say("Nothing fits that." if is_filtered else nothing)
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(cell(name.replace("_", " ")), overflow="fold")
    for row in rows:
        table.add_row(*(cell(shown(name, getattr(row, name))) for name in columns))
    draw(table)


def shown(name: str, value: Any) -> str:
    """A value of that name as a table shows it."""
    match value:
        case None:
            return ""
        case True:
            return "yes"
        case False:
            return "NO"
        case datetime():
            return value.astimezone().strftime("%m-%d %H:%M:%S")
        case UUID():
            return str(value)[:SHORT_ID]
        case str() if name == "user_id":
            return value[:SHORT_ID]
        case _:
            return str(value)
