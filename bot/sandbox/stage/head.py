"""The head of the stage: what is asked for, how far it is, and time, tokens and cost so far."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.sandbox.stage.figures import dollars, grouped, on_the_clock
from bot.sandbox.stage.reading import Facts, Scene
from bot.sandbox.stage.roles import role_name

ENDS = {
    "completed": ("done", "good", "ready"),
    "failed": ("fail", "bad", "failed"),
    "stopped": ("stop", "quiet", "stopped"),
}


@dataclass(frozen=True, kw_only=True)
class Head:
    """`mark` and `mood` are the shape and the colour of the state; `since` counts while live."""

    title: str
    mark: str
    mood: str
    state: str
    phase: str
    workflow: str
    request_id: str
    since: datetime | None
    time: str
    tokens: str
    cached: str
    cost: str
    cost_of: str


def draw_head(facts: Facts, *, cap_usd: Decimal) -> Head:
    """The head as of now; `cap_usd` is what a request may cost."""
    scene = facts.scene
    mark, mood, state = _state(facts)
    sent = sum(c.input_tokens + c.cache_creation_tokens + c.cache_read_tokens for c in facts.calls)
    written = sum(call.output_tokens for call in facts.calls)
    cached = sum(call.cache_read_tokens for call in facts.calls)
    known = sum((c.cost_usd for c in facts.calls if c.cost_usd is not None), Decimal(0))
    known += sum((call.cost_usd for call in facts.under_way), Decimal(0))
    so_far = sum(call.tokens for call in facts.under_way)
    unpriced = any(call.cost_usd is None for call in facts.calls)
    return Head(
        title=scene.request_text or "A message is being read",
        mark=mark,
        mood=mood,
        state=state,
        phase=_phase(scene),
        workflow=(scene.workflow or "").replace("_", " "),
        request_id=str(scene.request_id),
        since=scene.accepted_at if scene.is_live else None,
        time=on_the_clock((scene.work_ended_at or scene.seen_at) - scene.accepted_at),
        tokens=grouped(sent + written + so_far),
        cached=f"{100 * cached // sent if sent else 0} % from cache",
        cost=dollars(known),
        cost_of="without calls of unknown price" if unpriced else f"of ${cap_usd:.2f}, list price",
    )


def _phase(scene: Scene) -> str:
    if scene.is_live:
        return scene.phase or "reading"
    return ENDS.get(scene.status, ("", "", scene.status))[2]


def _state(facts: Facts) -> tuple[str, str, str]:
    scene = facts.scene
    if not scene.is_live:
        mark, mood, word = ENDS.get(scene.status, ("todo", "quiet", scene.status))
        return mark, mood, f"{word}: {scene.failure}" if scene.failure else word
    if scene.waits_for_user:
        return "wait", "wait", f"{scene.phase}, waits for an answer"
    if scene.phase is None:
        return "run", "running", "reads the message"
    working = [role_name(agent.agent_type) for agent in facts.agents if agent.is_at_work]
    by = f", {working[-1]} works" if working else ""
    return "run", "running", f"{scene.phase}{by}"
