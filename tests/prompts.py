"""What the model's door has seen, call by call, and what it costs.

A conversation is one agent's: the same role with the same first message.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.sandbox.claude.caching import PromptCache, PromptUsage, split_prompt
from bot.sandbox.claude.journal import CallRecord
from bot.sandbox.claude.messages import MessagesRequest
from telemetry.cost import price

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call that was answered: what was sent, and the tokens of the answer."""

    role: str
    model: str
    body: Body
    output_tokens: int

    @property
    def is_last_word(self) -> bool:
        """Whether an agent was asked for its notes, which it leaves once, at its end."""
        form = self.body.get("output_config", {}).get("format", {}).get("schema", {})
        return bool(form.get("title") == "AgentNotes")


def asked(calls: Iterable[CallRecord]) -> list[Asked]:
    """The calls of a journal that keeps bodies."""
    return [
        Asked(
            role=call.role,
            model=call.model,
            body=json.loads(call.body),
            output_tokens=int(str(call.usage["output_tokens"])),
        )
        for call in calls
        if call.body is not None and call.usage is not None
    ]


def without_marks(part: Any) -> Any:
    """The same without `cache_control`, which moves from call to call and is no part of it."""
    match part:
        case dict():
            return {k: without_marks(v) for k, v in part.items() if k != "cache_control"}
        case list():
            return [without_marks(item) for item in part]
        case _:
            return part


def pieces(body: Body) -> list[tuple[str, bytes]]:
    """A prompt's pieces in the order in which it is cached: their names and their bytes."""
    bare = without_marks(body)
    return [
        *((f"tool {tool['name']}", _bytes(tool)) for tool in bare.get("tools", [])),
        *(("the system prompt", _bytes(block)) for block in bare["system"]),
        *(
            (f"message {number} ({message['role']})", _bytes(message))
            for number, message in enumerate(bare["messages"])
        ),
    ]


def _bytes(part: object) -> bytes:
    # The order of keys is a part of it.
    return json.dumps(part, ensure_ascii=False).encode()


def conversations(calls: Sequence[Asked]) -> list[list[Asked]]:
    """The calls by conversation, in order."""
    found: dict[tuple[str, bytes], list[Asked]] = {}
    for call in calls:
        opening = _bytes(without_marks(call.body["messages"][0]))
        found.setdefault((call.role, opening), []).append(call)
    return list(found.values())


def changed_prefixes(calls: Sequence[Asked]) -> Iterator[str]:
    """For every call that does not begin with all of the one before it: which turn broke what."""
    for conversation in conversations(calls):
        for turn, (before, after) in enumerate(pairwise(conversation), 2):
            if before.is_last_word or after.is_last_word:
                continue  # the form of the answer is another one, so its prompt is not cached
            old, new = pieces(before.body), pieces(after.body)
            changed = [name for (name, was), now in zip(old, new) if (name, was) != now]  # noqa: B905
            if changed or len(new) < len(old):
                what = changed[0] if changed else "what was said is gone"
                yield f"{after.role}, turn {turn}: {what}"


def bill(calls: Sequence[Asked], *, cached: bool) -> list[PromptUsage]:
    """How the prompts are billed, one after the other, with caching or without."""
    cache = PromptCache()
    bodies = [call.body if cached else without_marks(call.body) for call in calls]
    return [cache.settle(split_prompt(MessagesRequest.model_validate(body))) for body in bodies]


def cost(calls: Sequence[Asked], *, cached: bool) -> float:
    """What the calls cost together, in USD."""
    usages = bill(calls, cached=cached)
    known = price(
        calls[0].model,
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(call.output_tokens for call in calls),
        cache_creation_tokens=sum(usage.written_tokens for usage in usages),
        cache_read_tokens=sum(usage.cache_read_tokens for usage in usages),
    )
    assert known is not None
    return float(known)


def prompt_tokens(usage: PromptUsage) -> int:
    """All tokens of a prompt, however they are billed."""
    return usage.input_tokens + usage.cache_read_tokens + usage.written_tokens


def tokens_of_crew(calls: Sequence[Asked]) -> int:
    """All tokens that the crew has read and written."""
    read = sum(prompt_tokens(usage) for usage in bill(calls, cached=False))
    return read + sum(call.output_tokens for call in calls)
