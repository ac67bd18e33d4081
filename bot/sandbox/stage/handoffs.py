"""A handoff's document as a reader wants it."""

from typing import Any

from bot.sandbox.stage.reading import HandoffDocument
from bot.sandbox.stage.roles import agent_name
from handoffs.states import TerminationReason


def sheet_of(handoff: HandoffDocument) -> dict[str, Any]:
    """What the sheet shows: who hands over to whom, why, and the document itself."""
    return {
        "handoff": handoff,
        "d": handoff.document,
        "giver": agent_name(handoff.source_agent_id),
        "taker": agent_name(handoff.target_agent_id),
        "why": _why(handoff),
    }


def _why(handoff: HandoffDocument) -> str:
    if handoff.reason == TerminationReason.CONTEXT_WINDOW_EXHAUSTED:
        usage = (handoff.document or {}).get("token_usage", {}).get("usage_percentage")
        full = "" if usage is None else f" ({usage:.0f} % of what it may fill)"
        return f"its memory was full{full}"
    return "its part was done" if handoff.reason == "task_completed" else handoff.reason
