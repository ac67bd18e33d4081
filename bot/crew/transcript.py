"""The conversation with the model, made from the stored turns alone.

The same turns always give the same messages, byte for byte, so the prompt cache holds across
calls, crashes and workers.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.model.calls import Message
from handoffs.checkpoints import Turn

if TYPE_CHECKING:
    from anthropic.types import (
        ContentBlockParam,
        ImageBlockParam,
        TextBlockParam,
        ToolResultBlockParam,
        ToolUseBlockParam,
    )

EMPTY_ANSWER = "(no answer)"  # stands for an answer without anything in it
OWN_IDS = "toolu_"  # begins ids that are unique wherever they come from

FINDINGS = "findings"  # the tag around what a review has found


def conversation(opening: str, turns: list[Turn]) -> list[Message]:
    """The messages so far: the opening, then each turn's answer and the results it got."""
    messages: list[Message] = [{"role": "user", "content": json.loads(opening)}]
    for turn in turns:
        messages.append({"role": "assistant", "content": sendable(turn.answer)})
        if turn.results:
            messages.append({"role": "user", "content": turn.results})
    return messages


def sendable(blocks: "list[ContentBlockParam]") -> "list[ContentBlockParam]":
    """The blocks without texts that show nothing, which the API refuses."""
    kept = [b for b in blocks if b["type"] != "text" or b["text"].strip()]
    return [*kept, note(EMPTY_ANSWER)] if all(map(is_thinking, kept)) else kept


def with_own_ids(
    blocks: "Sequence[ContentBlockParam]", agent_id: str, turns: list[Turn]
) -> "list[ContentBlockParam]":
    """The answer with ids of tool calls that occur only once, by agent, turn and position.

    Some servers count from the same id in each answer. Ids that are unique already stay.
    """
    seen = {use["id"] for turn in turns for use in tool_uses(turn)}
    own: list[ContentBlockParam] = []
    for position, block in enumerate(blocks, 1):
        if block["type"] != "tool_use":
            own.append(block)
            continue
        known = block["id"]
        if not known.startswith(OWN_IDS) or known in seen:
            agent = re.sub(r"[^A-Za-z0-9_-]", "-", agent_id)
            known = f"{agent}-{len(turns) + 1}-{position}"
        seen.add(known)
        own.append({**block, "id": known})
    return own


def with_request(messages: list[Message], text: str) -> list[Message]:
    """The conversation with one more thing to answer, behind the results that it ends with."""
    last = messages[-1]
    if last["role"] != "user":
        return [*messages, {"role": "user", "content": [note(text)]}]
    return [*messages[:-1], {**last, "content": [*last["content"], note(text)]}]


def tool_uses(turn: Turn) -> "list[ToolUseBlockParam]":
    """The tools that the turn's answer asks for."""
    return [block for block in turn.answer if block["type"] == "tool_use"]


def tool_results(turn: Turn) -> "list[ToolResultBlockParam]":
    """What came of them; nothing as long as they run."""
    return [block for block in turn.results or () if block["type"] == "tool_result"]


def failed_uses(turn: Turn) -> set[str]:
    """The ids of the tool uses that failed."""
    return {result["tool_use_id"] for result in tool_results(turn) if result.get("is_error")}


def text_of(turn: Turn) -> str:
    """The text of the turn's answer; empty where there was none."""
    text = "".join(block["text"] for block in turn.answer if block["type"] == "text").strip()
    return "" if text == EMPTY_ANSWER else text


def is_sent_back(turn: Turn) -> bool:
    """Whether the turn's answer was not accepted, because a review has found something."""
    opened = f"<{FINDINGS}>"
    return any(b["type"] == "text" and opened in b["text"] for b in turn.results or ())


def is_thinking(block: "ContentBlockParam") -> bool:
    """Whether a block is what the model thought, in plain words or not."""
    return block["type"] in {"thinking", "redacted_thinking"}


def is_unfinished(block: "ContentBlockParam") -> bool:
    """Whether the last block of an answer that was cut off cannot be sent back.

    Thinking gets its signature at its end.
    """
    return block["type"] == "tool_use" or (block["type"] == "thinking" and not block["signature"])


def listed_findings(evidence: str) -> tuple[str, ...]:
    """The findings in what an agent was sent back with, one by one."""
    found = re.search(rf"<{FINDINGS}>\n(.*)\n</{FINDINGS}>", evidence, re.DOTALL)
    listed = (found[1] if found else evidence).strip().removeprefix("- ")
    return tuple(listed.split("\n- ")) if listed else ()


def note(text: str) -> "TextBlockParam":
    """A text block that the agent reads beside its tool results."""
    return {"type": "text", "text": text}


def picture(png: bytes) -> "ImageBlockParam":
    """A PNG that the agent sees beside its tool results."""
    data = b64encode(png).decode()
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": data},
    }
