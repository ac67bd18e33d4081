"""The conversation with the model, made from the stored turns alone.

The same turns always give the same messages, byte for byte, so the prompt cache holds across
calls, crashes and workers.
"""

import json
from base64 import b64encode

from bot.model.calls import Block, Message
from handoffs.checkpoints import Turn

FINDINGS = "findings"  # the tag around what a review has found


def conversation(opening: str, turns: list[Turn]) -> list[Message]:
    """The messages so far: the opening, then each turn's answer and the results it got."""
    messages: list[Message] = [{"role": "user", "content": json.loads(opening)}]
    for turn in turns:
        messages.append({"role": "assistant", "content": turn.answer})
        if turn.results:
            messages.append({"role": "user", "content": turn.results})
    return messages


def with_request(messages: list[Message], text: str) -> list[Message]:
    """The conversation with one more thing to answer, behind the results that it ends with."""
    last = messages[-1]
    if last["role"] != "user":
        return [*messages, {"role": "user", "content": [note(text)]}]
    return [*messages[:-1], {**last, "content": [*last["content"], note(text)]}]


def tool_uses(turn: Turn) -> list[Block]:
    """The tools that the turn's answer asks for."""
    return [block for block in turn.answer if block["type"] == "tool_use"]


def text_of(turn: Turn) -> str:
    """The text of the turn's answer."""
    return "".join(block["text"] for block in turn.answer if block["type"] == "text").strip()


def is_sent_back(turn: Turn) -> bool:
    """Whether the turn's answer was not accepted, because a review has found something."""
    opened = f"<{FINDINGS}>"
    return any(b["type"] == "text" and opened in b["text"] for b in turn.results or ())


def note(text: str) -> Block:
    """A text block that the agent reads beside its tool results."""
    return {"type": "text", "text": text}


def picture(png: bytes) -> Block:
    """A PNG that the agent sees beside its tool results."""
    source = {"type": "base64", "media_type": "image/png", "data": b64encode(png).decode()}
    return {"type": "image", "source": source}
