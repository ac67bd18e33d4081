"""What budgets count for a call: its price, or where nobody knows that a guess on the high side.

A model that is in no price list is reckoned with `UNKNOWN_PRICE`, dearer than any that is known
now; a Claude that is not in the list either (a newer one, a gateway's own name), but tells its
family, at twice what the dearest of that costs. So the limits hold for them as well, while the
ledger goes on to say that their cost is unknown.
"""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.model.calls import ModelCall
from handoffs.tokens import Usage
from telemetry.cost import price

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam
    from anthropic.types.tool_result_block_param import Content

CHARACTERS_PER_TOKEN = 2  # fewer than in any text that users write, so the guess is high
LARGEST_PICTURE_TOKENS = 5_000  # more than any counts for: larger ones are scaled down before
UNKNOWN_PRICE = (Decimal(30), Decimal(150))  # USD per million tokens in and out

# Of each family one that costs as much as any of it does; the first that fits. From the fifth on
# an Opus costs a third of what those before it did.
FAMILIES = (
    (re.compile(r"opus-([5-9]|\d\d)(?!\d)"), "claude-opus-5"),
    (re.compile("opus"), "claude-opus-4-1"),
    (re.compile("sonnet"), "claude-sonnet-4-5"),
    (re.compile("haiku"), "claude-haiku-4-5"),
)
UNLISTED_COSTS = 2  # times what the dearest of its family does


def cost_at_most(call: ModelCall) -> Decimal:
    """What a call may cost at most, in USD: all of it goes to the cache, and the answer is long."""
    messages = [list(_without_media(message["content"])) for message in call.messages]
    text = call.system + json.dumps([messages, call.tools, call.schema], ensure_ascii=False)
    pictures = sum(_pictures_in(message["content"]) for message in call.messages)
    prompt = len(text.encode()) // CHARACTERS_PER_TOKEN
    prompt += pictures * LARGEST_PICTURE_TOKENS + call.paper_tokens
    return cost_of(call.model, Usage(cache_creation_tokens=prompt, output_tokens=call.max_tokens))


def _pictures_in(blocks: "Iterable[ContentBlockParam | Content]") -> int:
    return sum(1 if block["type"] == "image" else _pictures_in(_within(block)) for block in blocks)


def _without_media(blocks: "Iterable[ContentBlockParam | Content]") -> Iterator[object]:
    """The blocks without pictures and papers, whose data says nothing about what they cost."""
    for block in blocks:
        if inner := _within(block):
            yield {**block, "content": list(_without_media(inner))}
        elif block["type"] not in {"image", "document"}:
            yield block


def _within(block: "ContentBlockParam | Content") -> "Iterable[Content]":
    """The blocks of a tool's result; none where that is a text."""
    if block["type"] != "tool_result" or isinstance(block["content"], str):
        return ()
    return block["content"]


def cost_of(model: str, usage: Usage) -> Decimal:
    """What tokens cost in USD, or are reckoned at where nobody knows."""
    known = price(model, **usage.kinds)
    if known is not None:
        return known
    kin = next((kin for family, kin in FAMILIES if family.search(model)), None)
    if kin and "claude" in model and (of_kin := price(kin, **usage.kinds)) is not None:
        return UNLISTED_COSTS * of_kin
    per_input, per_output = UNKNOWN_PRICE
    return (usage.prompt * per_input + usage.output_tokens * per_output) / 1_000_000


def is_price_known(model: str) -> bool:
    """Whether what the model costs is in a price list."""
    return price(model, **Usage(input_tokens=1).kinds) is not None
