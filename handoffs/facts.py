"""What code knows about an agent's work, handed in as plain values.

The caller reads files, messages and ledger in the transaction of the handoff; what an agent did
with its tools is read off its stored turns here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from handoffs.checkpoints import Turn
from handoffs.document import (
    Decision,
    DownstreamConsumer,
    ErrorRecord,
    FileRecord,
    HandoffDocument,
    LastCheck,
    ProjectPart,
    RejectedAlternative,
    ToolState,
    UpstreamDependency,
    WorkItem,
)
from handoffs.ledger import Spend
from handoffs.lifecycle import Agent

if TYPE_CHECKING:
    from anthropic.types import ToolResultBlockParam
    from anthropic.types.tool_result_block_param import Content

ERRORS_KEPT = 20  # the newest ones
ERROR_LENGTH = 400  # characters of one


@dataclass(frozen=True, kw_only=True)
class TurnFacts:
    """What an agent's turns show: its tool calls and what failed."""

    tools: ToolState
    errors: tuple[ErrorRecord, ...]


@dataclass(frozen=True, kw_only=True)
class HandoffFacts:
    """Everything about a handoff that needs no model.

    `messages` are the user's, verbatim, the request first. `files` is the whole workspace.
    `spend` is the source agent's, by the ledger. `previous` is the document that the source agent
    itself continued from. `requirements_met` is the percentage of what the user asks that was found
    done when it was last tried, None where it was not. `items` are pieces of work that are known
    beforehand, such as what the user asked for meanwhile; nobody puts them in other words.
    """

    handoff_id: UUID
    created_at: datetime
    trace_id: str
    conversation_id: UUID
    platform: str
    source: Agent
    workflow: str | None
    phase: str
    project: ProjectPart | None
    messages: tuple[str, ...]
    task_description: str
    files: tuple[FileRecord, ...]
    spend: Spend
    turns: TurnFacts
    previous: HandoffDocument | None = None
    items: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    rejected: tuple[RejectedAlternative, ...] = ()
    constraints: tuple[str, ...] = ()
    upstream: tuple[UpstreamDependency, ...] = ()
    downstream: tuple[DownstreamConsumer, ...] = ()
    known_faults: tuple[str, ...] = ()
    last_check: LastCheck | None = None
    requirements_met: float | None = None
    quality: Mapping[str, float] = field(default_factory=dict)

    def is_fixed(self, item: WorkItem) -> bool:
        """Whether an item keeps its words: what is closed, the task itself, the user's words."""
        return item.passes or item.description in {self.task_description, *self.items}

    @property
    def items_on_record(self) -> tuple[WorkItem, ...]:
        """The pieces of work that are known before the agent is asked; never none."""
        known = list(self.previous.todo_list) if self.previous else []
        described = {item.description for item in known}
        for description in self.items or (() if known else (self.task_description,)):
            if description not in described:
                known.append(WorkItem(number=len(known) + 1, description=description))
        return tuple(known)


def read_turns(turns: Sequence[Turn]) -> TurnFacts:
    """What the turns show. A tool call without a result is reported as unanswered."""
    calls: Counter[str] = Counter()
    errors: list[ErrorRecord] = []
    unanswered: list[str] = []
    last_tool: str | None = None
    for turn in turns:
        uses = {block["id"]: block["name"] for block in turn.answer if block["type"] == "tool_use"}
        calls.update(uses.values())
        last_tool = next(reversed(uses.values()), last_tool)
        results = [block for block in turn.results or () if block["type"] == "tool_result"]
        answered = {block["tool_use_id"] for block in results}
        unanswered += [name for use_id, name in uses.items() if use_id not in answered]
        errors += [_error(turn.number, uses, block) for block in results if block.get("is_error")]
        if turn.stop_reason == "max_tokens":
            errors.append(
                ErrorRecord(turn=turn.number, source="model", message="the answer was cut off")
            )
    return TurnFacts(
        tools=ToolState(
            turns=len(turns),
            calls=dict(sorted(calls.items())),
            last_tool=last_tool,
            unanswered=tuple(unanswered),
        ),
        errors=tuple(errors[-ERRORS_KEPT:]),
    )


def _error(turn: int, uses: Mapping[str, str], result: "ToolResultBlockParam") -> ErrorRecord:
    content = result.get("content", "")
    text = content if isinstance(content, str) else " ".join(map(_text_of, content))
    source = uses.get(result["tool_use_id"], "unknown tool")
    return ErrorRecord(turn=turn, source=source, message=text[:ERROR_LENGTH])


def _text_of(part: "Content") -> str:
    return part["text"] if part["type"] == "text" else f"[{part['type']}]"
