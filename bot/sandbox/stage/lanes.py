"""The lanes: a row an agent, with its memory and what it did with its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from bot.sandbox.stage.axis import Axis
from bot.sandbox.stage.figures import counted, dollars, took
from bot.sandbox.stage.last_words import last_words
from bot.sandbox.stage.reading import AgentRow, Facts, HandoffRow, SpanKind, SpanRow
from bot.sandbox.stage.roles import agent_name, role_name
from handoffs.states import TerminationReason

FOLD_FROM = 9  # lanes; with so many the ended ones are one line each

Kind = SpanKind | Literal["gap"]
DOING: dict[Kind, str] = {
    "model": "thinks",
    "tool": "uses a tool",
    "handoff": "writes its handoff",
    "gap": "waits",
}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of an agent's time, drawn as a tick where it is short."""

    kind: Kind
    is_open: bool
    x: str
    width: str
    is_short: bool
    title: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A threshold that was crossed, or the error that an agent ended with."""

    x: str
    kind: Literal["warning", "critical", "error"]
    title: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """What an agent handed on: where on the axis, and why."""

    handoff_id: UUID
    label: str
    is_full: bool
    x: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One agent; `usage` is percent of its usable budget."""

    agent_id: str
    role: str
    version: str
    is_alive: bool
    is_folded: bool
    doing: str
    work: str
    usage: float
    threshold: str
    segments: Sequence[Segment]
    marks: Sequence[Mark]
    words: str
    summary: str
    document: Document | None


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """All agents, those to come, and the axis; `now` is None when nothing goes on."""

    axis: Axis
    now: str | None
    lanes: Sequence[Lane]
    to_come: Sequence[str]


def draw_lanes(facts: Facts) -> Lanes:
    """The lanes as of now."""
    scene = facts.scene
    axis = Axis.of(facts)
    several = {agent.agent_type for agent in facts.agents if agent.version > 1}
    lanes = [
        _lane(facts, agent, axis, shows_version=agent.agent_type in several)
        for agent in facts.agents
    ]
    begun = {agent.agent_type for agent in facts.agents}
    planned = (scene.plan or {}).get("agents_needed", []) if scene.is_live else []
    return Lanes(
        axis=axis,
        now=axis.at(scene.seen_at) if scene.is_live else None,
        lanes=lanes,
        to_come=[role_name(role) for role in planned if role not in begun],
    )


def _lane(facts: Facts, agent: AgentRow, axis: Axis, *, shows_version: bool) -> Lane:
    so_far = [call.tokens for call in facts.under_way if call.agent_id == agent.agent_id]
    usage = 100 * max(agent.occupancy, *so_far, 0) / agent.usable_budget
    segments = _segments(facts, agent, axis)
    is_alive = facts.scene.is_live and agent.is_at_work
    work = f"{counted(agent.turns, 'turn')}, {dollars(agent.cost_usd)}"
    handed = next((h for h in facts.handoffs if h.source_agent_id == agent.agent_id), None)
    name = agent_name(agent.agent_id)
    return Lane(
        agent_id=agent.agent_id,
        role=role_name(agent.agent_type),
        version=f"v{agent.version}" if shows_version else "",
        is_alive=is_alive,
        is_folded=len(facts.agents) >= FOLD_FROM and agent.terminated_at is not None,
        doing=_doing(segments) if is_alive else "",
        work=work,
        usage=usage,
        threshold=agent.threshold.lower(),
        segments=segments,
        marks=_marks(facts, agent, axis),
        words=last_words(facts.answers.get(agent.agent_id)),
        summary=f"{name}: {work}, memory {usage:.0f} % full",
        document=_document(handed, axis) if handed else None,
    )


def _doing(segments: Sequence[Segment]) -> str:
    last = segments[-1] if segments else None
    if last is None or not last.is_open:
        return "begins" if last is None else "goes on"
    return DOING[last.kind] if last.kind != "tool" else f"uses {last.title.partition(',')[0]}"


def _segments(facts: Facts, agent: AgentRow, axis: Axis) -> list[Segment]:
    until = facts.scene.work_ended_at or facts.scene.seen_at
    segments: list[Segment] = []
    done_until: datetime | None = None
    for span in facts.spans:
        kind = span.kind
        if kind is None or span.agent_id != agent.agent_id:
            continue
        if done_until and axis.is_long(done_until, span.began_at):
            segments.append(_segment(axis, "gap", done_until, span.began_at, "waits"))
        lost_until = None if span.ended_at else _taken_over_at(facts.spans, span)
        if lost_until is not None:
            title = f"lost with its worker, taken over after {took(lost_until - span.began_at)}"
            segments.append(_segment(axis, "gap", span.began_at, lost_until, title))
            done_until = lost_until
            continue
        ended = span.ended_at or agent.terminated_at or until
        what = span.tool or DOING[kind]
        is_open = span.ended_at is None and facts.scene.is_live and agent.terminated_at is None
        if span.result_status == "error" or span.exception_type:
            what += f", {span.exception_type or 'told to fix something'}"
        title = f"{what}, {took(ended - span.began_at)}"
        segments.append(_segment(axis, kind, span.began_at, ended, title, is_open=is_open))
        done_until = max(done_until or ended, ended)
    rests_until = agent.terminated_at or (until if _rests(facts, agent) else None)
    if done_until and rests_until and axis.is_long(done_until, rests_until):
        is_open = agent.terminated_at is None
        title = f"waits, {took(rests_until - done_until)}"
        segments.append(_segment(axis, "gap", done_until, rests_until, title, is_open=is_open))
    return segments


def _rests(facts: Facts, agent: AgentRow) -> bool:
    """Whether an agent that has not ended waits for others, or for the user."""
    return facts.scene.is_live and (agent.state == "PAUSED" or facts.scene.waits_for_user)


def _taken_over_at(spans: Sequence[SpanRow], lost: SpanRow) -> datetime | None:
    """When another worker went on with what this one has not ended; None if none did."""
    return next(
        (
            span.began_at
            for span in spans
            if span.began_at > lost.began_at
            and span.is_of_crew
            and span.process_pid != lost.process_pid
        ),
        None,
    )


def _segment(
    axis: Axis, kind: Kind, began: datetime, ended: datetime, title: str, *, is_open: bool = False
) -> Segment:
    return Segment(
        kind=kind,
        is_open=is_open,
        x=axis.at(began),
        width=axis.width(began, ended),
        is_short=kind == "tool" and not axis.is_long(began, ended),
        title=title,
    )


def _marks(facts: Facts, agent: AgentRow, axis: Axis) -> list[Mark]:
    marks: list[Mark] = []
    for span in facts.spans:
        if span.agent_id == agent.agent_id and span.span_name.startswith("agent_threshold:"):
            is_critical = span.span_name.endswith("critical")
            full = f"{span.usage_percentage:.0f} % full" if span.usage_percentage else "full"
            marks.append(
                Mark(
                    x=axis.at(span.began_at),
                    kind="critical" if is_critical else "warning",
                    title=f"{full}: {'hands over' if is_critical else 'rounds off'}",
                )
            )
    if agent.termination_reason == "error" and agent.terminated_at:
        why = facts.scene.failure or "an error"
        marks.append(Mark(x=axis.at(agent.terminated_at), kind="error", title=f"ended by {why}"))
    return marks


def _document(handoff: HandoffRow, axis: Axis) -> Document:
    is_full = handoff.reason == TerminationReason.CONTEXT_WINDOW_EXHAUSTED
    to = agent_name(handoff.target_agent_id).rpartition(" ")[0]
    what = "Memory full: handoff" if is_full else f"Brief for {to}"
    return Document(
        handoff_id=handoff.handoff_id,
        label=f"{what}, {handoff.size_kb:.2f} KB",
        is_full=is_full,
        x=axis.at(handoff.created_at),
    )
