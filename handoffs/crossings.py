"""What the trace says when an agent's context fills up beyond a threshold."""

from handoffs.tokens import Threshold, TokenStatus
from telemetry import spans

_ACTION_AT = {
    Threshold.WARNING: "finish the current piece",
    Threshold.CRITICAL: "hand over at the next boundary",
}


def trace_crossing(
    agent_id: str, agent_type: str, threshold: Threshold, status: TokenStatus
) -> None:
    """Note that an agent has crossed WARNING or CRITICAL, and what follows from it."""
    with spans.trace_threshold_event(
        agent_id=agent_id,
        agent_type=agent_type,
        threshold_type=threshold.lower(),
        token_usage=status.expected,
        usage_percentage=status.usage_percentage,
        tokens_remaining=status.remaining_tokens,
        action_taken=_ACTION_AT[threshold],
    ):
        pass
