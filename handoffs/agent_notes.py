"""The part of a handoff that only the agent itself can know, as one structured answer.

The caller asks the model once more at the end of the agent's own conversation, with
`notes_request` as the message and `AgentNotes`'s JSON schema as the form of the answer.
"""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handoffs.document import Text
from handoffs.errors import InvalidDocument
from handoffs.facts import HandoffFacts
from handoffs.upgrades import describe


class NotesPart(BaseModel):
    """Every field is required and none is unknown, so that the schema can be strict."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NotedDecision(NotesPart):
    """A decision of this agent."""

    decision: Text
    reason: Text


class NotedAlternative(NotesPart):
    """What this agent considered and did not do."""

    alternative: Text
    reason: Text


class NotedAttempt(NotesPart):
    """What this agent tried and what came of it."""

    attempt: Text
    outcome: Text = Field(description="how it failed, as far as you know why")


class NotedItem(NotesPart):
    """A piece of the work, on record or new."""

    number: int | None = Field(description="the item's number on record, null for a new item")
    description: Text = Field(
        description="what is to be done now, in one sentence; it replaces that of an open item, and"
        " under the number of the task as a whole it is a piece that is left of it"
    )
    passes: bool = Field(description="true only if it is finished and nothing of it is left")
    files: list[Text] = Field(description="paths of the files that show that it is finished")


class AgentNotes(NotesPart):
    """What the agent leaves to its successor."""

    decisions: list[NotedDecision] = Field(description="new ones, that must not be reopened")
    rejected_alternatives: list[NotedAlternative]
    failed_attempts: list[NotedAttempt] = Field(description="what nobody should try again")
    work_in_progress: Text = Field(description="what is half done and how it was to go on")
    todo_list: list[NotedItem] = Field(description="items on record that changed, and new ones")
    assumptions: list[Text]
    constraints: list[Text] = Field(description="limits the work must keep, in the user's words")


def read_notes(answer: str) -> AgentNotes:
    """The notes in the model's answer. Raises `InvalidDocument` naming field and reason."""
    try:
        return AgentNotes.model_validate_json(answer)
    except ValidationError as error:
        raise InvalidDocument(describe(error)) from error


def notes_request(facts: HandoffFacts, complaints: tuple[str, ...] = ()) -> str:
    """What to ask the source agent. `complaints` say what was wrong with its first answer."""
    items = [
        f"{item.number}. [{'closed' if item.passes else 'open'}] {item.description}"
        for item in facts.items_on_record
    ]
    parts = [
        "Your context is nearly full. Stop here; a successor takes over with a fresh context."
        " It sees the project's files, the user's messages, the plan and, where the app was tried"
        " or sent back, what was found, but nothing else of this conversation. Write down only"
        " what it cannot read there: what you decided and why, what you rejected, what you tried"
        " that failed, what is half done, what is left to do, what you assumed, and every limit"
        " that the user set. An item on record that has come to mean something else gets its new"
        " words under its number; the task as a whole stays open until the end, so name the pieces"
        " that are left of it. Do not use tools.",
        "Items on record:\n" + "\n".join(items),
    ]
    if complaints:
        parts.append("Your first answer could not be used:\n" + "\n".join(complaints))
    return "\n\n".join(parts)
