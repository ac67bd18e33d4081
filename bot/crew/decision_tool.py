"""The tool that notes a decision for the agents that go on with the work."""

from pydantic import Field

from bot.crew.tools import InTransaction, Tool, ToolInput, TransactionContext
from bot.markup.readers import ForCrew


class NotedDecision(ToolInput):
    """Something that is settled."""

    decision: ForCrew
    reason: ForCrew
    rejected: list[ForCrew] = Field(description="alternatives that were considered and not taken")


async def _note_decision(_: TransactionContext, noted: NotedDecision) -> str:
    # The call itself is the note: it is stored with the turn and read from there at a handoff.
    return f"Noted, and closed: {noted.decision}"


NOTE_DECISION = Tool(
    name="note_decision",
    description=("Note a decision that your successors must not reopen, with its reason."),
    input=NotedDecision,
    runs=InTransaction(_note_decision),
    outcome_lasts=True,
)
