"""What goes into a model call and what comes out of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from handoffs.tokens import Usage

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam, ToolParam


class Message(TypedDict):
    """One message of a conversation: the SDK's `MessageParam`, always with a list of blocks."""

    role: Literal["user", "assistant"]
    content: "list[ContentBlockParam]"


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One request to the model.

    `schema` asks for an answer in that JSON schema; `max_tokens` bounds the output, of which
    thinking is a part. `effort` is how much to think; None leaves that to the model.
    `paper_tokens` are what the PDFs among the messages take. `is_last` where no other call of the
    conversation is likely, though it has tools.
    """

    model: str
    system: str
    messages: list[Message]
    tools: "list[ToolParam]" = field(default_factory=list)
    schema: dict[str, Any] | None = None
    max_tokens: int = 16_000
    effort: str | None = None
    paper_tokens: int = 0
    is_last: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether another call of the conversation is likely, which would read what is cached."""
        return bool(self.tools) and not self.is_last


@dataclass(frozen=True, kw_only=True)
class ModelAnswer:
    """A complete answer."""

    content: "list[ContentBlockParam]"
    stop_reason: str
    usage: Usage

    @property
    def text(self) -> str:
        """The answer's text blocks, joined."""
        return "".join(block["text"] for block in self.content if block["type"] == "text")


@dataclass(frozen=True, kw_only=True)
class ModelLimits:
    """A model's own limits, in tokens, and which efforts it can be asked for.

    Without thinking it works where it takes one of `ways_not_to_think`.
    """

    window: int
    max_output: int
    efforts: frozenset[str] = frozenset()
    ways_not_to_think: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a call; `outcome` is the stop reason of an answer, else the error's class."""

    outcome: str
    answered: bool
    usage: Usage
    seconds: float


RecordAttempt = Callable[[Attempt], Awaitable[None]]
"""Told of every attempt, failed ones included."""

NoteUsage = Callable[[Usage], Awaitable[None]]
"""Told what an attempt has used so far, at most once a second."""


async def note_nothing(usage: Usage) -> None:
    """For callers whom it does not concern how a call comes along."""
