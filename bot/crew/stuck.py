"""Whether an agent runs against the same wall again and again."""

from bot.crew import transcript
from handoffs.checkpoints import Turn

SAME_ERROR_LIMIT = 3  # turns in a row


def same_error(turns: list[Turn]) -> str | None:
    """The error that the same tool gave in each of the last turns, None if there is none."""
    last = [turn for turn in turns if turn.results is not None][-SAME_ERROR_LIMIT:]
    if len(last) < SAME_ERROR_LIMIT:
        return None
    common = set.intersection(*map(_errors, last))
    return min(common) if common else None


def _errors(turn: Turn) -> set[str]:
    names = {use["id"]: use["name"] for use in transcript.tool_uses(turn)}
    return {
        f"{names[result['tool_use_id']]}: {result['content']}"
        for result in transcript.tool_results(turn)
        if result.get("is_error") and result["tool_use_id"] in names
    }
