"""What goes into a model call and what comes out of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from handoffs.tokens import Usage

Block = dict[str, Any]
"""A content block as JSON, of the shapes that the Messages API takes and gives."""

Message = dict[str, Any]
"""`{"role": "user" | "assistant", "content": [Block, …]}`."""


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One request to the model.

    `schema` asks for an answer in that JSON schema; `max_tokens` bounds the output.
    """

    model: str
    system: str
    messages: list[Message]
    tools: list[dict[str, Any]] = field(default_factory=list)
    schema: dict[str, Any] | None = None
    max_tokens: int = 16_000


@dataclass(frozen=True, kw_only=True)
class ModelAnswer:
    """A complete answer."""

    content: list[Block]
    stop_reason: str
    usage: Usage

    @property
    def text(self) -> str:
        """The answer's text blocks, joined."""
        return "".join(block["text"] for block in self.content if block["type"] == "text")

    @property
    def tool_uses(self) -> list[Block]:
        """The tools that the model wants to use, in its order."""
        return [block for block in self.content if block["type"] == "tool_use"]


@dataclass(frozen=True, kw_only=True)
class ModelLimits:
    """A model's own limits, in tokens."""

    window: int
    max_output: int


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a call; `outcome` is the stop reason of an answer, else the error's class."""

    outcome: str
    answered: bool
    usage: Usage
    seconds: float


RecordAttempt = Callable[[Attempt], Awaitable[None]]
"""Told of every attempt, failed ones included."""
