"""An answer while it comes in, put together from the raw events of its stream.

The SDK's own helper makes an object of each piece, and reads the whole of a tool's input again with
each piece of it. Here pieces are only kept until their block is complete.
"""

from typing import Any

from anthropic.types import (
    ContentBlockParam,
    MessageDeltaUsage,
    RawContentBlockDelta,
    RawMessageStreamEvent,
)
from anthropic.types import Usage as ReportedUsage
from pydantic_core import from_json

from bot.markup.characters import sendable
from bot.model.calls import ModelAnswer
from handoffs.tokens import Usage


class StreamedAnswer:
    """Add the events in their order. An answer is complete when there is a `stop_reason`."""

    def __init__(self) -> None:
        self.stop_reason: str | None = None
        self.pieces: list[str] = []
        """What it says so far, in whatever blocks."""
        self.usage = Usage()
        """What it has used so far, as far as the service has told."""
        self._blocks: dict[int, _Block] = {}

    def add(self, event: RawMessageStreamEvent) -> None:
        """Take the next event in; one of a kind that is not known says nothing.

        Raises `KeyError` when an event belongs to a block that was not begun.
        """
        match event.type:
            case "content_block_delta":
                if piece := self._blocks[event.index].add(event.delta):
                    self.pieces.append(piece)
            case "content_block_start":
                self._blocks[event.index] = _Block(event.content_block.to_dict())
            case "message_start":
                self.usage = _used(event.message.usage, self.usage)
            case "message_delta":
                self.stop_reason = event.delta.stop_reason
                self.usage = _used(event.usage, self.usage)

    def complete(self) -> ModelAnswer:
        """The answer, when it is complete. Raises `ValueError` when a tool's input is no object."""
        blocks = [block.put_together() for block in self._blocks.values()]
        return ModelAnswer(
            content=[kept for kept in map(_to_block, blocks) if kept is not None],
            stop_reason=str(self.stop_reason),
            usage=self.usage,
        )


class _Block:
    """One block of the answer, as it began, and what came since."""

    def __init__(self, begun: dict[str, Any]) -> None:
        self._begun = begun
        self._pieces: dict[str, list[str]] = {}  # by the field that they belong to
        self._citations: list[object] = []

    def add(self, delta: RawContentBlockDelta) -> str:
        """Take a piece in; returns what it says."""
        match delta.type:
            case "text_delta":
                return self._add("text", delta.text)
            case "input_json_delta":
                return self._add("input", delta.partial_json)
            case "thinking_delta":
                return self._add("thinking", delta.thinking)
            case "signature_delta":
                self._begun["signature"] = delta.signature
            case "citations_delta":
                self._citations.append(delta.citation.to_dict())
        return ""

    def _add(self, field: str, piece: str) -> str:
        self._pieces.setdefault(field, []).append(piece)
        return piece

    def put_together(self) -> dict[str, Any]:
        """The block; of an input that was cut off, as much as can be read."""
        block = dict(self._begun)
        if block["type"] == "tool_use":
            block.setdefault("input", {})
        for field, pieces in self._pieces.items():
            said = "".join(pieces)
            if field != "input":
                block[field] = block.get(field, "") + said
            elif said:
                block[field] = _read_object(said)
        if self._citations:
            block["citations"] = [*(block.get("citations") or ()), *self._citations]
        return block


def _read_object(said: str) -> dict[str, Any]:
    read = from_json(said, allow_partial=True)
    if not isinstance(read, dict):
        raise ValueError(f"a tool's input must be an object and is a {type(read).__name__}")
    return read


def _to_block(block: dict[str, Any]) -> ContentBlockParam | None:
    """The block as it may be stored and sent back; None for a text that shows nothing."""
    match block:
        case {"type": "text", "text": said}:
            text = sendable(said)
            return {"type": "text", "text": text} if text.strip() else None
        case {"type": "tool_use", "id": use_id, "name": name, "input": values}:
            return {"type": "tool_use", "id": use_id, "name": name, "input": values}
        case _:
            other: ContentBlockParam = block  # type: ignore[assignment]  # any kind that there is
            return other


def _used(told: ReportedUsage | MessageDeltaUsage, before: Usage) -> Usage:
    """What is told of the usage; what is not told is as it was before."""
    details = told.output_tokens_details
    return Usage(
        input_tokens=_or(told.input_tokens, before.input_tokens),
        output_tokens=_or(told.output_tokens, before.output_tokens),
        cache_creation_tokens=_or(told.cache_creation_input_tokens, before.cache_creation_tokens),
        cache_read_tokens=_or(told.cache_read_input_tokens, before.cache_read_tokens),
        thinking_tokens=details.thinking_tokens if details else before.thinking_tokens,
    )


def _or(told: int | None, before: int) -> int:
    return before if told is None else told
