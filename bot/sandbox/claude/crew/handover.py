"""What an agent leaves to its successor: pieces done and open, decisions, the user's limits."""

import re
from collections.abc import Callable, Iterator

from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew import devops, frontend
from handoffs.agent_notes import (
    AgentNotes,
    NotedAlternative,
    NotedAttempt,
    NotedDecision,
    NotedItem,
)

_RECORD = re.compile(r"^\d+\. \[(?P<state>closed|open)\] (?P<what>.+)$", re.M)
_LIMIT = re.compile(r"\b(must|never|always|only|no|not|don't|without|should|at most)\b", re.I)


def write_notes(conversation: Conversation) -> ScriptedAnswer:
    """Fill the `AgentNotes` that `handoffs.agent_notes` asks for."""
    on_record = {found["what"]: found["state"] for found in _RECORD.finditer(conversation.question)}
    done = {name for name, state in on_record.items() if state == "closed"}
    pieces = _PIECES.get(conversation.role, _none)
    items = [item for item in pieces(conversation) if item.description not in done]
    return finish(
        AgentNotes(
            decisions=[_decision(conversation)],
            rejected_alternatives=[
                NotedAlternative(alternative="A framework", reason="there is no build step")
            ],
            failed_attempts=list(_failed(conversation)),
            work_in_progress=_in_progress(conversation, items),
            todo_list=items,
            assumptions=["The person uses a phone."],
            constraints=list(_limits(conversation.tagged("request"))),
        ).model_dump_json()
    )


def _decision(conversation: Conversation) -> NotedDecision:
    return NotedDecision(
        decision="Plain HTML, CSS and JavaScript in separate files",
        reason=f"the {conversation.role} follows the project's rules",
    )


def _failed(conversation: Conversation) -> Iterator[NotedAttempt]:
    """What a tool has refused, each once."""
    refused = {
        f"{step.tool} {step.input.get('path', '')}".strip(): step.result
        for step in conversation.steps
        if step.failed
    }
    for attempt, outcome in refused.items():
        yield NotedAttempt(attempt=attempt, outcome=outcome)


def _in_progress(conversation: Conversation, items: list[NotedItem]) -> str:
    published = conversation.last("publish_version")
    if published is not None:
        return devops.told(published)
    open_items = [item.description for item in items if not item.passes]
    return f"Next: {open_items[0]}" if open_items else "Nothing is half done."


def _limits(wanted: str) -> Iterator[str]:
    """The user's lines or sentences that set a limit."""
    for line in re.split(r"\n+|(?<=[.!?;])\s+", wanted):
        if _LIMIT.search(line):
            yield line.strip()


def _publishing(conversation: Conversation) -> list[NotedItem]:
    done = conversation.last("publish_version") is not None
    return [NotedItem(number=None, description=devops.PUBLISHED, passes=done, files=[])]


def _none(_: Conversation) -> list[NotedItem]:
    return []


_PIECES: dict[str, Callable[[Conversation], list[NotedItem]]] = {
    "frontend": frontend.pieces,
    "devops": _publishing,
}
