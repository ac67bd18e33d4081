"""The chart beside an answer: columns over time where it is a series, else a bar in each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.web.console.formats import percent
from telemetry.store.query_result import QueryResult

MOST_COLUMNS = 400  # of a series that can be told apart
HEIGHT = 120.0  # of the tallest, in pixels

_NUMBERS = ("int", "float", "double", "numeric", "bigint", "smallint", "real", "decimal")


@dataclass(frozen=True, kw_only=True)
class ChartBar:
    """One row's number: as a bar it is `width` long, as a column it stands at `x` and `height`."""

    label: str
    value: float | None
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Of one column with numbers; a series has columns, anything else bars."""

    column: str
    is_series: bool
    bars: list[ChartBar]
    step: str


def chart_of(result: QueryResult, named: str | None = None) -> Chart | None:
    """The chart of an answer, of a column that is `named`; None if there is nothing to compare."""
    index = _compared(result, named)
    if index is None or len(result.rows) < 2:
        return None
    values = [_number(row[index]) for row in result.rows]
    most = max((value for value in values if value is not None), default=0.0)
    if most <= 0:
        return None
    is_series = index > 0 and _is_moment(result) and len(values) <= MOST_COLUMNS
    rows = list(zip(result.rows, values, strict=True))
    if is_series:
        rows.sort(key=lambda one: str(one[0][0]))
    return Chart(
        column=result.columns[index].name,
        is_series=is_series,
        bars=[_bar(place, row, value, most, len(rows)) for place, (row, value) in enumerate(rows)],
        step=percent(0.8, len(rows)),
    )


def is_number(kind: str) -> bool:
    """Whether a column of this type holds numbers."""
    return kind.startswith(_NUMBERS)


def _bar(place: int, row: Sequence[Any], value: float | None, most: float, rows: int) -> ChartBar:
    tall = HEIGHT * max(value or 0.0, 0.0) / most
    return ChartBar(
        label=str(row[0]),
        value=value,
        x=percent(place, rows),
        y=f"{HEIGHT - tall:.1f}",
        width=percent(max(value or 0.0, 0.0), most),
        height=f"{tall:.1f}",
    )


def _compared(result: QueryResult, named: str | None) -> int | None:
    """The column whose numbers compare: the named one, else the last that has any."""
    numbers = [index for index, column in enumerate(result.columns) if is_number(column.type)]
    for index in reversed(numbers):
        if named is None:
            if any(row[index] for row in result.rows):
                return index
        elif result.columns[index].name == named:
            return index
    return None


def _is_moment(result: QueryResult) -> bool:
    return result.columns[0].type.startswith(("timestamp", "date"))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
