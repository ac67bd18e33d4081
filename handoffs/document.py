"""The handoff document: all that a successor needs, and nothing of the old transcript.

Facts in it are filled in by code (`handoffs.facts`), what only the agent can know by the model
(`handoffs.agent_notes`); `handoffs.compose` puts the two together. What is closed is typed as
closed.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from handoffs.states import TerminationReason

SCHEMA_VERSION: Final = 3


def storable(text: str) -> str:
    """`text` without the characters that PostgreSQL's jsonb refuses: NUL and half surrogates."""
    return (
        text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


Text = Annotated[str, AfterValidator(storable)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """A part of the document: frozen, and without fields that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AgentReference(Part):
    """One agent."""

    agent_id: str
    agent_type: str
    version: int = Field(ge=1)

    @property
    def name(self) -> str:
        """Role and version, such as `frontend_v2`."""
        return f"{self.agent_type}_v{self.version}"


class TokenRecord(Part):
    """What the source agent has spent by the ledger, and how full its context was."""

    calls: Count
    input_tokens: Count
    output_tokens: Count
    cache_creation_tokens: Count
    cache_read_tokens: Count
    total_tokens: Count
    known_cost_usd: Decimal = Field(ge=0)
    unpriced_calls: Count
    occupancy: Count
    working_budget: Count
    usage_percentage: float = Field(ge=0)


class ProjectPart(Part):
    """What is being built."""

    project_id: UUID
    title: Text


class Decision(Part):
    """Something that was decided. It is closed: a successor follows it."""

    decision: Text
    reason: Text
    made_by: str
    closed: Literal[True] = True


class RejectedAlternative(Part):
    """Something that was considered and not done."""

    alternative: Text
    reason: Text


class FileRecord(Part):
    """A file as it is in the workspace."""

    path: Text
    sha256: Sha256
    lines: Count
    size_bytes: Count


class WorkItem(Part):
    """One piece of the work. `passes` closes it; `files` are those that show that it is done."""

    number: int = Field(ge=1)
    description: Text
    passes: bool = False
    files: tuple[Text, ...] = ()


class Progress(Part):
    """How far the task is."""

    phase: str
    items_closed: Count
    items_total: Count
    completion_percentage: float = Field(ge=0, le=100)


class ToolState(Part):
    """What the source agent did with its tools, read off its stored turns."""

    turns: Count = 0
    calls: dict[str, int] = Field(default_factory=dict)
    last_tool: str | None = None
    unanswered: tuple[str, ...] = ()


class UpstreamDependency(Part):
    """What the source agent was given to work from, such as the designer's specification."""

    name: str = Field(pattern=r"^[a-z][a-z_]{0,40}$")
    made_by: str
    content: Text


class DownstreamConsumer(Part):
    """Who waits for the result."""

    agent_type: str
    needs: Text


class ErrorRecord(Part):
    """Something that went wrong while the source agent worked."""

    turn: Count
    source: str
    message: Text


class FailedAttempt(Part):
    """Something that was tried and did not work, so that nobody tries it again."""

    attempt: Text
    outcome: Text


class LastCheck(Part):
    """What came of the last look at the app; `is_current` if the files are still the same."""

    result: Text
    is_current: bool


class HandoffDocument(Part):
    """One handoff. `messages` are the user's words, verbatim and in order, the request first.

    `known_faults` is what the last review has found and nobody has fixed for certain.
    """

    schema_version: Literal[3] = SCHEMA_VERSION
    handoff_id: UUID
    trace_id: str
    request_id: UUID
    conversation_id: UUID
    user_id: str
    created_at: AwareDatetime
    reason: TerminationReason
    source_agent: AgentReference
    target_agent: AgentReference | None
    chain: tuple[str, ...]
    platform: str
    workflow: str | None
    project: ProjectPart | None
    original_request: Text
    messages: tuple[Text, ...] = Field(min_length=1)
    task_description: Text
    progress: Progress
    decisions: tuple[Decision, ...]
    rejected_alternatives: tuple[RejectedAlternative, ...]
    work_completed: tuple[FileRecord, ...]
    work_in_progress: Text
    todo_list: tuple[WorkItem, ...]
    tool_state: ToolState
    assumptions: tuple[Text, ...]
    constraints: tuple[Text, ...]
    upstream_dependencies: tuple[UpstreamDependency, ...]
    downstream_consumers: tuple[DownstreamConsumer, ...]
    errors: tuple[ErrorRecord, ...]
    known_faults: tuple[Text, ...]
    failed_attempts: tuple[FailedAttempt, ...]
    last_check: LastCheck | None
    quality_metrics: dict[str, float]
    validation_rules: tuple[Text, ...]
    token_usage: TokenRecord

    @property
    def open_items(self) -> tuple[WorkItem, ...]:
        """What is left to do, in its order."""
        return tuple(item for item in self.todo_list if not item.passes)

    @property
    def open_pieces(self) -> tuple[WorkItem, ...]:
        """What is left to do, without the task as a whole, which is open until the end."""
        return tuple(one for one in self.open_items if one.description != self.task_description)

    @property
    def closed_items(self) -> tuple[WorkItem, ...]:
        """What is done and is not to be done again."""
        return tuple(item for item in self.todo_list if item.passes)

    @property
    def categories(self) -> tuple[str, ...]:
        """The parts that hold something, by the names of their fields."""
        return tuple(name for name in _CATEGORIES if getattr(self, name))

    def to_json(self) -> str:
        """The document as JSON, in the form that `handoffs.upgrades.load_document` reads."""
        return self.model_dump_json()


_CATEGORIES = (
    "decisions",
    "rejected_alternatives",
    "work_completed",
    "work_in_progress",
    "todo_list",
    "tool_state",
    "assumptions",
    "constraints",
    "upstream_dependencies",
    "downstream_consumers",
    "errors",
    "known_faults",
    "failed_attempts",
    "last_check",
    "quality_metrics",
)
