"""The tool that notes a decision for the agents that go on with the work."""

from collections.abc import Sequence

from pydantic import Field

from bot.crew import transcript
from bot.crew.tools import InTransaction, Tool, ToolInput, TransactionContext
from bot.markup.readers import ForCrew
from bot.projects.decisions import Decision, keep_decision
from handoffs.checkpoints import Turn


class DecisionInput(ToolInput):
    """Something that is settled."""

    decision: ForCrew = Field(description="one sentence, understood without this conversation")
    reason: ForCrew = Field(description="why, above all where the user said so")
    rejected: list[ForCrew] = Field(description="alternatives that were considered and not taken")


async def _note_decision(context: TransactionContext, noted: DecisionInput) -> str:
    # A handoff reads it in the turn; later builds find it with the project: turns go after a while.
    kept = Decision(request_id=context.request_id, decision=noted.decision, reason=noted.reason)
    await keep_decision(context.connection, context.project_id, kept)
    return f"Noted, and closed: {noted.decision}"


NOTE_DECISION = Tool(
    name="note_decision",
    description=(
        "Note a decision that nobody who works on this app later is to reopen, with its reason. "
        "Use it for what the files alone do not show: a choice between ways that both work, a "
        "limit that the user set. Not for what you are about to write, not for what the request "
        "says already. Costs no turn beside other tools. Answers that it is noted; whoever takes "
        "over from you, and whoever changes the app in a later build, reads it."
    ),
    input=DecisionInput,
    runs=InTransaction(_note_decision),
)


def noted_decisions(turns: Sequence[Turn]) -> list[DecisionInput]:
    """The decisions that were noted in these turns, in their order."""
    refused = {use_id for turn in turns for use_id in transcript.failed_uses(turn)}
    return [
        DecisionInput.model_validate(use["input"])
        for turn in turns
        if turn.results is not None
        for use in transcript.tool_uses(turn)
        if use["name"] == NOTE_DECISION.name and use["id"] not in refused
    ]
