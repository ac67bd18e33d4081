"""Calls as the Messages API takes them."""

from collections.abc import Iterable
from typing import cast

from anthropic.types import (
    CacheControlEphemeralParam,
    ContentBlockParam,
    MessageParam,
    ToolParam,
)

from bot.model.calls import Message

CACHED: CacheControlEphemeralParam = {"type": "ephemeral"}


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
