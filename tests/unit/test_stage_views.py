"""What the stage makes of facts: lanes, rail, head and trace in each of their states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

from rich.console import Console

from bot.cli.demo_view import drawing
from bot.sandbox.stage.axis import Axis
from bot.sandbox.stage.figures import on_the_clock, took
from bot.sandbox.stage.head import draw_head
from bot.sandbox.stage.lanes import draw_lanes
from bot.sandbox.stage.last_words import last_words
from bot.sandbox.stage.rail import draw_rail
from bot.sandbox.stage.reading import AgentRow, CallUnderWay, Facts, Scene, SpanRow
from bot.sandbox.stage.trace import draw_trace

BEGIN = datetime(2026, 11, 25, 19, 45, tzinfo=UTC)
ID = UUID(int=1)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def scene(**changes: Any) -> Scene:
    usual = Scene(
        seen_at=at(30),
        request_id=ID,
        trace_id="0" * 32,
        status="working",
        accepted_at=BEGIN,
        work_ended_at=None,
        request_text="Build me a todo app",
        workflow="full_build",
        plan={"agents_needed": ["designer", "frontend", "qa"]},
        phase="implementation",
        failure=None,
        waits_until=None,
        project_id=None,
        title="Todo",
        site_token=None,
        published_version=None,
    )
    return replace(usual, **changes)


def agent(name: str = "frontend_v1_aaaaaa", **changes: Any) -> AgentRow:
    role, version, _ = name.rsplit("_", 2)
    usual = AgentRow(
        agent_id=name,
        agent_type=role,
        version=int(version[1:]),
        state="ACTIVE",
        threshold="OK",
        occupancy=3_000,
        usable_budget=6_000,
        terminated_at=None,
        termination_reason=None,
        turns=2,
        cost_usd=Decimal("0.02"),
    )
    return replace(usual, **changes)


def span(name: str, began: float, ended: float | None, **changes: Any) -> SpanRow:
    usual = SpanRow(
        span_id=f"{name}{began}",
        parent_span_id=None,
        span_name=name,
        message=name,
        began_at=at(began),
        ended_at=None if ended is None else at(ended),
        level="info",
        process_pid=1,
        agent_id="frontend_v1_aaaaaa",
        operation="send_message",
        tool=None,
        result_status=None,
        from_phase=None,
        usage_percentage=None,
        statements=0,
        exception_type=None,
    )
    return replace(usual, **changes)


def facts(shown: Scene | None = None, **changes: Any) -> Facts:
    usual = Facts(
        scene=shown or scene(),
        agents=[],
        answers={},
        spans=[],
        calls=[],
        under_way=[],
        handoffs=[],
        messages=[],
        files=[],
    )
    return replace(usual, **changes)


def test_the_axis_ends_at_a_round_number_with_room_for_what_comes() -> None:
    assert [tick.label for tick in Axis.over(BEGIN, at(52), is_live=True).ticks] == [
        *("0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s")
    ]
    assert Axis.over(BEGIN, at(60), is_live=False).at(at(30)) == "50.00%"
    assert [tick.label for tick in Axis.over(BEGIN, at(150), is_live=False).ticks] == [
        *("0 s", "30 s", "60 s", "90 s", "2 min", "2:30 min")
    ]
    assert Axis.over(BEGIN, at(7 * 3600), is_live=False).ticks[-1].label == "8 h"


def test_durations_have_three_figures() -> None:
    assert [took(timedelta(seconds=s)) for s in (0.418, 25.34, 125)] == [
        *("0.42 s", "25.3 s", "2 min 5 s")
    ]
    assert on_the_clock(timedelta(seconds=96.49)) == "1:36.4"


def test_a_call_under_way_grows_until_now_and_fills_the_memory() -> None:
    call = CallUnderWay(
        agent_id="frontend_v1_aaaaaa",
        model="claude-sonnet-5-5",
        input_tokens=4_000,
        output_tokens=500,
        cache_creation_tokens=0,
        cache_read_tokens=0,
    )
    shown = draw_lanes(
        facts(agents=[agent()], spans=[span("token_usage", 20, None)], under_way=[call])
    )

    assert (shown.lanes[0].doing, shown.lanes[0].usage) == ("thinks", 75)
    growing = shown.lanes[0].segments[0]
    assert (growing.x, growing.width, growing.is_open) == ("50.00%", "25.00%", True)
    assert shown.to_come == ["designer", "QA"]
    head = draw_head(facts(under_way=[call]), cap_usd=Decimal(5))
    assert head.tokens == "4,500"
    assert head.cost > "$0.0000"


def test_a_call_that_its_worker_lost_is_a_gap_until_another_one_goes_on() -> None:
    spans = [
        span("token_usage", 12, None),
        span("token_usage", 25, 28, process_pid=2),
    ]
    lost, again = draw_lanes(facts(agents=[agent()], spans=spans)).lanes[0].segments

    assert (lost.kind, lost.title) == ("gap", "lost with its worker, taken over after 13.0 s")
    assert (again.kind, again.is_open) == ("model", False)


def test_an_agent_that_waits_for_the_user_is_hatched_and_the_stop_says_so() -> None:
    waiting = scene(waits_until=at(900))
    shown = facts(waiting, agents=[agent()], spans=[span("token_usage", 12, 15)])

    assert draw_lanes(shown).lanes[0].segments[-1].title == "waits, 15.0 s"
    assert [stop.state for stop in draw_rail(shown)] == [
        *("done", "done", "waits", "todo", "todo", "todo")
    ]
    assert draw_head(shown, cap_usd=Decimal(5)).state == "implementation, waits for an answer"


def test_a_failed_build_turns_its_stop_red_and_ends_the_lane_with_a_cross() -> None:
    failed = scene(status="failed", work_ended_at=at(20), failure="ModelBusy")
    ended = agent(state="TERMINATED", terminated_at=at(19), termination_reason="error")
    shown = facts(failed, agents=[ended], spans=[span("token_usage", 12, 18)])

    mark = draw_lanes(shown).lanes[0].marks[0]
    assert (mark.kind, mark.title) == ("error", "ended by ModelBusy")
    assert draw_rail(shown)[2].state == "failed"
    assert draw_head(shown, cap_usd=Decimal(5)).state == "failed: ModelBusy"
    assert draw_lanes(shown).to_come == []


def test_of_more_than_eight_agents_the_ended_ones_are_one_line() -> None:
    ended = [
        agent(f"frontend_v{n}_aaaaa{n}", state="TERMINATED", terminated_at=at(12 + n))
        for n in range(1, 9)
    ]
    lanes = draw_lanes(facts(agents=[*ended, agent("frontend_v9_aaaaaa")])).lanes

    assert [lane.is_folded for lane in lanes] == [True] * 8 + [False]
    assert [lane.version for lane in lanes[:2]] == ["v1", "v2"]


def test_a_change_has_no_design_to_come_to() -> None:
    states = {stop.name: stop.state for stop in draw_rail(facts(scene(workflow="bug_fix")))}
    assert states["design"] == "skipped"
    assert {stop.state for stop in draw_rail(None)} == {"todo"}


def test_the_trace_is_a_tree_with_its_statements_counted_once() -> None:
    root = span("user_request", 0, None, agent_id=None, span_id="root")
    life = span("agent_lifecycle", 10, None, span_id="life", parent_span_id="root")
    task = span("agent_task_execution", 10, 15, span_id="task", parent_span_id="life", statements=4)
    call = span("token_usage", 11, 14, parent_span_id="task", statements=3)
    trace = draw_trace(facts(agents=[agent()], spans=[root, life, task, call]))

    assert [(row.name, row.depth) for row in trace.rows] == [
        *(("user_request", 0), ("frontend v1", 1), ("model call", 2))
    ]
    assert trace.folded == "4 spans, 4 SQL statements folded"


def test_a_terminal_shows_the_same() -> None:
    threshold = agent(threshold="CRITICAL", occupancy=7_400)
    shown = facts(agents=[threshold], spans=[span("token_usage", 12, 20), tool(20, 24)])
    terminal = Console(width=120, file=StringIO(), record=True, force_terminal=True)

    terminal.print(drawing(shown, Decimal(5)))

    lines = terminal.export_text().splitlines()
    assert "implementation, frontend works" in lines[1]
    assert "✓ planning" in lines[2]
    assert "● implementation" in lines[2]
    assert "frontend" in lines[3]
    assert "123 %" in lines[3]
    assert "█" in lines[3]


def tool(began: float, ended: float) -> SpanRow:
    return span("execute_tool write_file", began, ended, tool="write_file", operation=None)


def test_last_words_are_what_was_said_not_how() -> None:
    form = '[{"type": "text", "text": "{\\"look\\": \\"Calm cards\\", \\"dark\\": true}"}]'
    assert last_words(form) == "Calm cards"
    assert last_words('[{"type": "text", "text": "I write\\nall of it."}]') == "I write all of it."
    assert last_words(None) == ""
