"""What stands beside the answer to a query: a series as columns, anything else as bars."""

import pytest
from flask import Flask

from bot.web.console.result_cells import LONGEST, cell
from bot.web.console.result_chart import chart_of
from telemetry.store.query_result import Column, QueryResult


def answer(kinds: dict[str, str], *rows: list[object]) -> QueryResult:
    columns = [Column(name=name, type=kind) for name, kind in kinds.items()]
    return QueryResult(columns=columns, rows=list(rows))


def test_numbers_over_time_are_columns_in_the_order_of_time() -> None:
    kinds = {"hour": "timestamp with time zone", "cost": "double precision", "unknown": "bigint"}
    later, earlier = ["2026-11-26T11:00:00Z", 3.0, 0], ["2026-11-26T10:00:00Z", 1.5, 0]
    chart = chart_of(answer(kinds, later, earlier))
    assert chart is not None
    assert (chart.column, chart.is_series) == ("cost", True)
    assert [(bar.value, bar.x, bar.height) for bar in chart.bars] == [
        (1.5, "0.000%", "60.0"),
        (3.0, "50.000%", "120.0"),
    ]


def test_numbers_by_name_are_bars_in_the_order_of_the_answer() -> None:
    kinds = {"agent": "text", "calls": "bigint", "tokens": "bigint"}
    rows = ["frontend", 2, 400], ["router", 9, None]
    chart = chart_of(answer(kinds, *rows))
    assert chart is not None
    assert (chart.column, chart.is_series) == ("tokens", False)
    assert [bar.width for bar in chart.bars] == ["100.000%", "0.000%"]
    named = chart_of(answer(kinds, *rows), "calls")
    assert named is not None
    assert named.column == "calls"


@pytest.mark.parametrize("rows", [[], [["only", 1]], [["a", 0], ["b", 0]], [["a", None]]])
def test_where_nothing_compares_there_is_no_chart(rows: list[list[object]]) -> None:
    assert chart_of(answer({"name": "text", "number": "bigint"}, *rows)) is None


def test_a_value_is_text_whatever_it_holds() -> None:
    app = Flask(__name__)
    with app.app_context():
        assert cell("<script>", "message") == "<bdi>&lt;script&gt;</bdi>"
        assert cell({"a": "<b>"}, "attributes") == (
            '<code dir="ltr">{&#34;a&#34;: &#34;&lt;b&gt;&#34;}</code>'
        )
        assert len(cell("x" * 10_000, "message")) < LONGEST + 20
        assert cell(1234567, "tokens") == "1,234,567"
        assert cell(True, "is_exception") == "true"
        assert "<time" in cell("2026-11-26T10:00:00.000000Z", "start_timestamp")
        assert cell("not-an-id", "request_id") == "<bdi>not-an-id</bdi>"
