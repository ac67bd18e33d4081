"""The rail: the phases of a request with the time that each took. No made-up percentage."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bot.builds.phases import Phase, skipped_phases
from bot.sandbox.stage.figures import took
from bot.sandbox.stage.reading import Facts

StopState = Literal["done", "now", "waits", "todo", "skipped", "failed"]
MARKS: dict[StopState, str] = {
    "done": "done",
    "now": "run",
    "waits": "wait",
    "todo": "todo",
    "skipped": "stop",
    "failed": "fail",
}


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A phase on the rail; `took` is empty where it was not come to."""

    name: str
    state: StopState
    took: str

    @property
    def mark(self) -> str:
        """The shape that tells the state."""
        return MARKS[self.state]


def draw_rail(facts: Facts | None) -> list[Stop]:
    """The phases in their order; without facts none is come to."""
    if facts is None:
        return [Stop(name=_name(phase), state="todo", took="") for phase in Phase]
    scene = facts.scene
    now = Phase(scene.phase or Phase.PLANNING)
    skipped: Collection[Phase] = skipped_phases(scene.workflow)
    order = list(Phase)
    seconds = _seconds(facts)
    stops = []
    for phase in order:
        state: StopState = "todo"
        if phase in skipped and phase not in seconds:
            state = "skipped"
        elif order.index(phase) < order.index(now) or phase is now is Phase.COMPLETED:
            state = "done"
        elif phase is now:
            state = _state_of_now(facts)
        stops.append(Stop(name=_name(phase), state=state, took=seconds.get(phase, "")))
    return stops


def _state_of_now(facts: Facts) -> StopState:
    scene = facts.scene
    if scene.is_live:
        return "waits" if scene.waits_for_user else "now"
    return "done" if scene.status == "completed" else "failed"


def _seconds(facts: Facts) -> dict[Phase, str]:
    """How long each phase took: from one transition to the next, the first from the message on."""
    scene, taken, began = facts.scene, {}, facts.scene.accepted_at
    for span in facts.spans:
        if span.span_name == "phase_transition" and span.from_phase:
            taken[Phase(span.from_phase)] = took(span.began_at - began)
            began = span.began_at
    now = Phase(scene.phase or Phase.PLANNING)
    if now is not Phase.COMPLETED:
        taken[now] = took((scene.work_ended_at or scene.seen_at) - began)
    return taken


def _name(phase: Phase) -> str:
    return "ready" if phase is Phase.COMPLETED else str(phase)
