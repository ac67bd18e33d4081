"""A model that cannot help writing Markdown, and characters that no phone shows."""

import json
from dataclasses import replace

from bot.sandbox.claude.answers import ScriptedAnswer, Text, Thinking, ToolCall

_SENTENCES = {"summary", "words", "question", "message", "failures", "purpose", "layout"}
_TO_USERS = {"ask_user", "hand_in"}
_NAMES = {"title", "options", "default", "remember"}


def in_markdown(answer: ScriptedAnswer) -> ScriptedAnswer:
    """The answer with all that users may read of it in Markdown; what tools do stays the same."""
    return replace(answer, parts=[_part(part) for part in answer.parts])


def _part(part: Text | ToolCall | Thinking) -> Text | ToolCall | Thinking:
    if isinstance(part, Thinking):
        return part
    if isinstance(part, ToolCall):
        return replace(part, words=_filled(part.words)) if part.name in _TO_USERS else part
    is_structured = part.words.startswith("{")
    return replace(part, words=_filled(part.words) if is_structured else _sentence(part.words))


def _filled(words: str) -> str:
    return json.dumps(_inside(json.loads(words), ""), ensure_ascii=False)


def _inside(value: object, name: str) -> object:
    match value:
        case dict():
            return {key: _inside(inner, key) for key, inner in value.items()}
        case list():
            return [_inside(inner, name) for inner in value]
        case str() if name in _SENTENCES:
            return _sentence(value)
        case str() if name in _NAMES:
            return f"**{value}**"
    return value


def _sentence(words: str) -> str:
    """A heading, a word in bold before the others, and a link to nowhere in particular."""
    return f"## In short\n**Note**: {words}\x00\n* see [the guide](https://example.com/a_b_c)"
