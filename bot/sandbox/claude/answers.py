"""What the stand-in answers: text and tool calls, measured and cut in tokens."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.sandbox.claude.caching import CHARACTERS_PER_TOKEN, estimate_tokens
from bot.sandbox.claude.problems import Json

StopReason = Literal[
    "end_turn", "tool_use", "max_tokens", "refusal", "model_context_window_exceeded"
]


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words of the model."""

    words: str

    def block(self, words: str | None = None) -> Json:
        return {"type": "text", "text": self.words if words is None else words}


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool that the model calls; `words` is the input as JSON, cut off when the answer was."""

    name: str
    words: str
    id: str = field(default_factory=lambda: f"toolu_{secrets.token_hex(12)}")

    def block(self, words: str | None = None) -> Json:
        given = self.words if words is None else words
        try:
            values = json.loads(given) if given else {}
        except json.JSONDecodeError:
            values = {}
        return {"type": "tool_use", "id": self.id, "name": self.name, "input": values}


@dataclass(frozen=True, kw_only=True)
class Thinking:
    """What the model thought before it answered; unsigned where it was cut off."""

    words: str
    signature: str
    is_redacted: bool = False

    def block(self, words: str | None = None) -> Json:
        if self.is_redacted:
            return {"type": "redacted_thinking", "data": self.signature}
        if words is not None:
            return {"type": "thinking", "thinking": words, "signature": ""}
        return {"type": "thinking", "thinking": self.words, "signature": self.signature}


Part = Text | ToolCall | Thinking


@dataclass(frozen=True, kw_only=True)
class ScriptedAnswer:
    """The content of one assistant message and why it ended."""

    parts: Sequence[Part]
    stop_reason: StopReason

    @property
    def tool_calls(self) -> list[ToolCall]:
        return [part for part in self.parts if isinstance(part, ToolCall)]

    @property
    def output_tokens(self) -> int:
        return estimate_tokens("".join(part.words for part in self.parts))

    @property
    def thinking_tokens(self) -> int:
        """How many of them went into thinking."""
        thought = "".join(part.words for part in self.parts if isinstance(part, Thinking))
        return estimate_tokens(thought) if thought else 0


def say(words: str) -> Text:
    return Text(words=words)


def call(name: str, **values: object) -> ToolCall:
    return ToolCall(name=name, words=json.dumps(values, ensure_ascii=False))


def work(*parts: Text | ToolCall) -> ScriptedAnswer:
    """An answer that waits for the results of its tool calls."""
    return ScriptedAnswer(parts=parts, stop_reason="tool_use")


def finish(words: str) -> ScriptedAnswer:
    """An answer that ends the turn."""
    return ScriptedAnswer(parts=(say(words),), stop_reason="end_turn")


def with_counted_ids(answer: ScriptedAnswer) -> ScriptedAnswer:
    """The answer with ids that count its tool calls from `call_0`, as some servers give them."""
    parts: list[Part] = []
    for part in answer.parts:
        if isinstance(part, ToolCall):
            number = sum(isinstance(before, ToolCall) for before in parts)
            parts.append(replace(part, id=f"call_{number}"))
        else:
            parts.append(part)
    return replace(answer, parts=parts)


def cut(answer: ScriptedAnswer, tokens: int, stop_reason: StopReason) -> ScriptedAnswer:
    """The first `tokens` tokens of the answer, ended for `stop_reason`."""
    left = tokens * CHARACTERS_PER_TOKEN
    parts: list[Part] = []
    for part in answer.parts:
        if left <= 0:
            break
        words = part.words[:left]
        if isinstance(part, Thinking) and words != part.words:
            if not part.is_redacted:
                parts.append(replace(part, words=words, signature=""))
        else:
            parts.append(replace(part, words=words))
        left -= len(part.words)
    return ScriptedAnswer(parts=parts, stop_reason=stop_reason)


def refuse() -> ScriptedAnswer:
    return ScriptedAnswer(parts=(), stop_reason="refusal")
