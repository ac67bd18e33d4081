"""The tool that notes a decision for the agents that go on with the work."""

from pydantic import Field

from bot.crew.tools import InTransaction, Tool, ToolInput, TransactionContext
from bot.markup.readers import ForCrew


class NotedDecision(ToolInput):
    """Something that is settled."""

    decision: ForCrew = Field(description="one sentence, understood without this conversation")
    reason: ForCrew = Field(description="why, above all where the user said so")
    rejected: list[ForCrew] = Field(description="alternatives that were considered and not taken")


async def _note_decision(_: TransactionContext, noted: NotedDecision) -> str:
    # The call itself is the note: it is stored with the turn and read from there at a handoff.
    return f"Noted, and closed: {noted.decision}"


NOTE_DECISION = Tool(
    name="note_decision",
    description=(
        "Note a decision that your successors must not reopen, with its reason: what the files "
        "alone do not show. Not for what you are about to write."
    ),
    input=NotedDecision,
    runs=InTransaction(_note_decision),
    outcome_lasts=True,
)
