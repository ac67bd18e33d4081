"""Which spans of a trace are shown, how deep they stand, and where their bars are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from bot.web.console.formats import duration
from bot.web.console.handoff_documents import quotes
from bot.web.console.unrecorded import with_gaps
from bot.web.console.waterfall import SpanFilter, Timeline, as_told_last, bars_of

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
TIMELINE = Timeline(begins=NOON, ends=NOON + timedelta(seconds=100))


def record(name: str, parent: str | None, begins: float, seconds: float, **more: Any) -> Any:
    start = NOON + timedelta(seconds=begins)
    return {
        "kind": "span",
        "span_name": name,
        "message": name,
        "span_id": name,
        "parent_span_id": parent,
        "start_timestamp": start,
        "end_timestamp": start + timedelta(seconds=seconds),
        "duration": seconds,
        "level": "info",
        "otel_status_code": "OK",
        "otel_scope_name": "logfire",
    } | more


RECORDS = [
    record("user_request", None, 0, 100),
    record("agent_lifecycle", "user_request", 10, 50),
    record("Execution Phase", "agent_lifecycle", 11, 48),
    record("token_usage", "Execution Phase", 12, 10),
    record("execute_tool write_file", "Execution Phase", 50, 0),
    record("delivery", "user_request", 90, 5, otel_status_code="ERROR"),
]


def shown(**given: str) -> list[tuple[str, int]]:
    bars = bars_of(RECORDS, SpanFilter.of(MultiDict(given)), TIMELINE)
    return [(bar.record["span_name"], bar.depth) for bar in bars]


def test_what_repeats_its_surroundings_is_folded_and_the_rest_moves_up() -> None:
    assert shown() == [
        ("user_request", 0),
        ("agent_lifecycle", 1),
        ("token_usage", 2),
        ("execute_tool write_file", 2),
        ("delivery", 1),
    ]
    assert ("Execution Phase", 2) in shown(inner="1")
    assert ("token_usage", 3) in shown(inner="1")


def test_filters_of_the_address_hold_together() -> None:
    assert shown(errors="1") == [("delivery", 0)]
    assert shown(name="TOKEN") == [("token_usage", 0)]
    assert shown(ms="40000") == [("user_request", 0), ("agent_lifecycle", 1)]


def test_a_span_is_told_once_as_it_was_told_last() -> None:
    began = record("delivery", None, 90, 0, kind="pending_span")
    later = record("delivery", None, 90, 20)
    for told in ([began, *RECORDS, later], [later, *RECORDS, began]):
        (one,) = [one for one in as_told_last(told) if one["span_name"] == "delivery"]
        assert one is later


def test_bars_stand_where_they_began_and_end_within_the_page() -> None:
    bars = {bar.record["span_name"]: bar for bar in bars_of(RECORDS, SpanFilter(), TIMELINE)}
    assert (bars["token_usage"].x, bars["token_usage"].width) == ("12.000%", "10.000%")
    open_one = record("token_usage", None, 60, 0, kind="pending_span")
    (bar,) = bars_of([open_one], SpanFilter(), TIMELINE)
    assert (bar.x, bar.width, bar.is_open) == ("60.000%", "40.000%", True)
    (late,) = bars_of([record("delivery", None, 200, 5)], SpanFilter(), TIMELINE)
    assert late.x == "100.000%"


def test_time_that_nothing_accounts_for_has_a_row() -> None:
    bars = with_gaps(bars_of(RECORDS, SpanFilter(), TIMELINE), RECORDS, TIMELINE)
    gaps = [(bar.x, bar.width) for bar in bars if bar.kind == "gap"]
    assert gaps == [("22.000%", "28.000%"), ("50.000%", "40.000%")]


@pytest.mark.parametrize("seconds", [0.0004, 0.7, 20.0, 3_599.0, 86_400.0 * 30])
def test_there_are_few_marks_of_time_whatever_it_took(seconds: float) -> None:
    timeline = Timeline(begins=NOON, ends=NOON + timedelta(seconds=seconds))
    assert 1 <= len(timeline.ticks()) <= 7


def test_times_are_written_in_their_own_units() -> None:
    told = [duration(one) for one in (0.0004, 0.25, 3.456, 42.04, 125, 3_700, 200_000)]
    assert told == ["<1 ms", "250 ms", "3.46 s", "42.0 s", "2 min 05 s", "1 h 01 min", "2 d 07 h"]


def test_what_repeats_the_users_words_is_known() -> None:
    said = ["Build me a  todo app", "ok"]
    assert quotes("They asked: build me a todo app.", said)
    assert quotes("me a todo app", said)
    assert not quotes("Write index.html", said)
    assert not quotes("todo", said)
    assert not quotes("Look at the tokens", said)
