"""A query's answer in a terminal: a table, with bars where numbers compare, or a tree of spans."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from bot.cli import printing
from bot.cli.printing import cell
from bot.cli.tables import SHORT_ID
from telemetry.store.query_result import QueryResult

BAR_WIDTH = 24
LONG_TEXT = 60  # characters of a cell; --json has the whole
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_IDS = {"user_id", "request_id", "project_id", "conversation_id", "trace_id"}
_TREE = {"span_id", "parent_span_id", "message"}


def draw(answer: QueryResult, *, title: str | None, bar: str | None) -> None:
    """Print the answer; `bar` names the column to compare."""
    if title:
        printing.draw(cell(title, style="bold"))
    if not answer.rows:
        printing.draw(cell("Nothing."))
        return
    names = [column.name for column in answer.columns]
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    printing.draw(_tree(rows) if set(names) >= _TREE else _table(names, rows, bar))


def _table(names: list[str], rows: list[dict[str, Any]], bar: str | None) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        numeric = any(_is_number(row[name]) for row in rows)
        table.add_column(
            cell(name.replace("_", " ")),
            overflow="fold",
            justify="right" if numeric else "left",
        )
    compared = [row[bar] for row in rows if _is_number(row.get(bar))] if bar else []
    largest = max(compared, default=0)
    if largest > 0:
        table.add_column("")
    for row in rows:
        cells = [cell(_shown(name, row[name])) for name in names]
        if largest > 0 and bar:
            cells.append(_bar(row[bar], largest))
        table.add_row(*cells)
    return table


def _bar(value: Any, largest: float) -> Text:
    if not _is_number(value) or value <= 0:
        return Text("")
    eighths = max(1, round(value / largest * BAR_WIDTH * 8))
    whole, rest = divmod(eighths, 8)
    return Text("█" * whole + _EIGHTHS[rest].strip(), style="cyan")


def _tree(rows: list[dict[str, Any]]) -> Tree:
    """Spans below those that they are part of; whose parent is not there stands at the top."""
    known = {row["span_id"] for row in rows}
    below: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        parent = row["parent_span_id"]
        below[parent if parent in known and parent != row["span_id"] else None].append(row)
    root = Tree("", hide_root=True)
    waiting = [(root, row) for row in reversed(below[None])]
    while waiting:
        above, row = waiting.pop()
        branch = above.add(_span(row))
        if row.get("kind") in (None, "span", "pending_span"):
            waiting.extend((branch, child) for child in reversed(below.pop(row["span_id"], [])))
    return root


def _span(row: dict[str, Any]) -> Text:
    duration = row.get("duration")
    text = cell(" ".join(str(row["message"]).split()))
    if _is_number(duration):
        text.append(f"  {duration:.3f} s", style="dim")
    if row.get("kind") == "pending_span":
        text.append("  unfinished", style="yellow")
    if row.get("otel_status_code") == "ERROR":
        text.append(cell(f"  {row.get('exception_type') or 'error'}", style="red"))
    return text


def _shown(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.4f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case str() if name in _IDS:
            return value[:SHORT_ID]
        case str():
            return _moment(value) or (
                value if len(value) <= LONG_TEXT else f"{value[: LONG_TEXT - 1]}…"
            )
        case _:
            return str(value)


def _moment(text: str) -> str | None:
    """The time in this machine's zone, if `text` is one."""
    if len(text) < len("2026-01-01T00:00:00") or text[4] != "-" or text[10] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone().strftime("%m-%d %H:%M:%S")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
