"""How the stand-in's engineer hands in: in the answer with which it writes, or by words alone."""

import re
from dataclasses import replace

from bot.crew.hand_in_tool import HAND_IN
from bot.sandbox.claude.answers import ScriptedAnswer, call
from bot.sandbox.claude.conversation import Conversation

_SLOWLY = re.compile(r"\bstep by step\b", re.I)


def hands_in_at_once(conversation: Conversation) -> bool:
    """Whether the last writing and the hand-in are one answer."""
    is_slow = conversation.takes_over or _SLOWLY.search(conversation.tagged("request"))
    return HAND_IN.name in conversation.tools and not is_slow


def hands_in(answer: ScriptedAnswer) -> bool:
    """Whether the answer ends the task."""
    return any(one.name == HAND_IN.name for one in answer.tool_calls)


def with_hand_in(answer: ScriptedAnswer, words: str) -> ScriptedAnswer:
    """The answer that hands in as well."""
    return replace(answer, parts=[*answer.parts, call(HAND_IN.name, words=words)])


def without_hand_in(answer: ScriptedAnswer) -> ScriptedAnswer:
    """The answer with its tools but not its end."""
    calls = [one for one in answer.tool_calls if one.name == HAND_IN.name]
    return replace(answer, parts=[part for part in answer.parts if part not in calls])
