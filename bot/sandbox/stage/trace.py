"""The trace, folded: requests, agents, model calls, handoffs and messages; SQL is only counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.sandbox.stage.axis import Axis
from bot.sandbox.stage.figures import counted, took
from bot.sandbox.stage.reading import Facts, SpanRow
from bot.sandbox.stage.roles import agent_name

MOST_ROWS = 26  # more are folded: the calls of agents that have ended
DEEPEST = 4  # level of a row that is still set in
FRAMES = {"user_request", "agent_lifecycle"}


@dataclass(frozen=True, kw_only=True)
class TraceRow:
    """A span, or all messages in one row, which are `ticks`."""

    name: str
    depth: int
    kind: str
    is_live: bool
    is_failed: bool
    x: str
    width: str
    took: str
    ticks: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The rows, and what is folded away, in words."""

    rows: Sequence[TraceRow]
    folded: str


def draw_trace(facts: Facts) -> Trace:
    """The trace as of now."""
    axis = Axis.of(facts)
    by_id = {span.span_id: span for span in facts.spans}
    shown = [span for span in facts.spans if _is_shown(span)]
    if len(shown) > MOST_ROWS:
        ended = {agent.agent_id for agent in facts.agents if agent.terminated_at}
        shown = [span for span in shown if span.agent_id not in ended or _is_frame(span)]
    rows = [_row(facts, axis, span, depth) for span, depth in _as_tree(shown, by_id)[:MOST_ROWS]]
    messages = [span for span in facts.spans if span.span_name == "delivery"]
    if messages:
        rows.append(_messages(facts, axis, messages))
    statements = sum(span.statements for span in facts.spans if not _is_counted_above(span, by_id))
    spans = counted(len(facts.spans), "span")
    return Trace(rows=rows, folded=f"{spans}, {counted(statements, 'SQL statement')} folded")


def _is_frame(span: SpanRow) -> bool:
    return span.span_name in FRAMES or span.is_workflow


def _is_shown(span: SpanRow) -> bool:
    if span.span_name in {"agent_handoff", "token_usage"} or _is_frame(span):
        return True
    # A tool at work for less than this is a tick in its lane.
    return span.kind == "tool" and (
        span.ended_at is None or (span.ended_at - span.began_at).total_seconds() > 0.2
    )


def _as_tree(shown: Sequence[SpanRow], by_id: Mapping[str, SpanRow]) -> list[tuple[SpanRow, int]]:
    """The spans in the order of the tree, each below the next one above it that is shown."""
    below: dict[str, list[SpanRow]] = {}
    ids = {span.span_id for span in shown}
    for span in shown:
        above = by_id.get(span.parent_span_id or "")
        while above is not None and above.span_id not in ids:
            above = by_id.get(above.parent_span_id or "")
        below.setdefault(above.span_id if above else "", []).append(span)
    rows: list[tuple[SpanRow, int]] = []

    def add(parent: str, depth: int) -> None:
        for span in below.get(parent, []):
            rows.append((span, depth))
            add(span.span_id, depth + 1)

    add("", 0)
    return rows


def _row(facts: Facts, axis: Axis, span: SpanRow, depth: int) -> TraceRow:
    scene = facts.scene
    until = scene.work_ended_at or scene.seen_at
    ended = span.ended_at or _end_of(facts, span) or until
    is_live = span.ended_at is None and scene.is_live and ended == until
    began = max(span.began_at, scene.accepted_at)
    return TraceRow(
        name=_name(span),
        depth=min(depth, DEEPEST),
        kind="frame" if _is_frame(span) else span.kind or "handoff",
        is_live=is_live,
        is_failed=span.level == "error",
        x=axis.at(began),
        width=axis.width(began, ended),
        took="" if is_live or span.span_name == "user_request" else took(ended - began),
    )


def _end_of(facts: Facts, span: SpanRow) -> datetime | None:
    """The end of what its worker did not live to tell: that of its agent."""
    return next(
        (agent.terminated_at for agent in facts.agents if agent.agent_id == span.agent_id), None
    )


def _name(span: SpanRow) -> str:
    match span.span_name:
        case "token_usage":
            if span.operation == "route":
                return "reads the message"
            return "writes the handoff" if span.operation == "handoff" else "model call"
        case "agent_lifecycle":
            return agent_name(span.agent_id) if span.agent_id else span.message
        case "agent_handoff":
            return "handoff document"
        case _:
            return span.tool or span.message


def _is_counted_above(span: SpanRow, by_id: Mapping[str, SpanRow]) -> bool:
    above = by_id.get(span.parent_span_id or "")
    while above is not None:
        if above.statements:
            return True
        above = by_id.get(above.parent_span_id or "")
    return False


def _messages(facts: Facts, axis: Axis, spans: Sequence[SpanRow]) -> TraceRow:
    lost = sum(message.state == "failed" for message in facts.messages)
    name = f"{counted(len(spans), 'message')} sent"
    return TraceRow(
        name=f"{name}, {lost} not delivered" if lost else name,
        depth=1,
        kind="delivery",
        is_live=False,
        is_failed=lost > 0,
        x="",
        width="",
        took="",
        ticks=[axis.at(span.began_at) for span in spans],
    )
