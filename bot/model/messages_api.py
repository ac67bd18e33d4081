"""Calls as the Messages API takes them, and its answers as they are kept."""

from collections.abc import Iterable
from typing import Any, cast

from anthropic.types import (
    CacheControlEphemeralParam,
    ContentBlock,
    ContentBlockParam,
    MessageParam,
    ParsedMessage,
    ToolParam,
)

from bot.markup.characters import sendable
from bot.model.calls import Message, ModelAnswer
from handoffs.tokens import Usage

CACHED: CacheControlEphemeralParam = {"type": "ephemeral"}

_NOTHING_USED = Usage(input_tokens=0, output_tokens=0, cache_creation_tokens=0, cache_read_tokens=0)


def in_order(tools: Iterable[ToolParam]) -> list[ToolParam]:
    """Always the same order, so that the prompt cache finds them again."""
    return sorted(tools, key=lambda tool: tool["name"])


def with_cache_breakpoints(messages: list[Message], *, goes_on: bool) -> list[MessageParam]:
    """Mark the last block of the last two user messages, if the conversation `goes_on`.

    The last one is written for the next call, the one before is what this call reads; with the
    system prompt's that makes three of the four breakpoints the API allows. What is written and
    never read only costs: a quarter more than it would unmarked.
    """
    users = [i for i, message in enumerate(messages) if message["role"] == "user"]
    marked = users[-2:] if goes_on else []
    return [_to_param(message, i in marked) for i, message in enumerate(messages)]


def _to_param(message: Message, is_marked: bool) -> MessageParam:
    content = message["content"]
    if is_marked:
        *before, last = content
        # Whatever a user's message ends with can carry a breakpoint.
        content = [*before, cast("ContentBlockParam", {**last, "cache_control": CACHED})]
    if message["role"] == "user":
        return {"role": "user", "content": content}
    return {"role": "assistant", "content": content}


def to_answer(message: ParsedMessage[Any]) -> ModelAnswer:
    """The answer, when it is complete."""
    return ModelAnswer(
        content=[block for block in map(_to_block, message.content) if block is not None],
        stop_reason=str(message.stop_reason),
        usage=to_usage(message),
    )


def _to_block(block: ContentBlock) -> ContentBlockParam | None:
    """The block as it may be stored and sent back; None for a text that shows nothing."""
    match block.type:
        case "text":
            text = sendable(block.text)
            return {"type": "text", "text": text} if text.strip() else None
        case "tool_use":
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": block.input}
        case _:
            return cast("ContentBlockParam", block.to_dict())


def to_usage(message: ParsedMessage[Any] | None) -> Usage:
    """What the answer has used so far, as far as the service has told."""
    if message is None:
        return _NOTHING_USED
    usage = message.usage
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_creation_tokens=usage.cache_creation_input_tokens or 0,
        cache_read_tokens=usage.cache_read_input_tokens or 0,
        thinking_tokens=usage.output_tokens_details.thinking_tokens
        if usage.output_tokens_details
        else 0,
    )


def piece_of(event: Any) -> str:
    """What an event of the stream adds to the answer."""
    if event.type != "content_block_delta":
        return ""
    match event.delta.type:
        case "text_delta":
            return str(event.delta.text)
        case "input_json_delta":
            return str(event.delta.partial_json)
        case "thinking_delta":
            return str(event.delta.thinking)
        case _:
            return ""
