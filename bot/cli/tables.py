"""Rows for people as a table, for scripts as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def show(rows: Sequence["DataclassInstance"], *, as_json: bool, nothing: str) -> None:
    """Print dataclass rows, one column a field; `nothing` is said when there are none."""
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], default=str, indent=2))
        return
    if not rows:
        click.echo(nothing)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in asdict(rows[0]):
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in asdict(row).values()))
    Console().print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return str(value)
