"""The engineer asks the user, where the request says that they want to be asked."""

import re

from bot.sandbox.claude.answers import ScriptedAnswer, call, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.colours import AccentColour, find_colours

_WANTED = re.compile(r"\bask me (?:first|before)\b", re.I)
_COLOUR, _SIZE = "Which colour shall it have?", "How large shall the letters be?"


def is_wanted(conversation: Conversation) -> bool:
    """Whether the user is to be asked and was not yet."""
    is_asked = conversation.last("ask_user") is not None or _COLOUR in conversation.opening
    can_ask = "ask_user" in conversation.tools and not conversation.failures("ask_user")
    return can_ask and not is_asked and bool(_WANTED.search(conversation.tagged("request")))


def ask() -> ScriptedAnswer:
    """One batch of two questions."""
    questions = [
        {"question": _COLOUR, "options": ["Blue", "Green", "Red"], "default": "Blue"},
        {"question": _SIZE, "options": ["Normal", "Large"], "default": "Normal"},
    ]
    return work(say("You want to be asked first."), call("ask_user", questions=questions))


def chosen_colour(conversation: Conversation) -> AccentColour | None:
    """The colour that the user has chosen, as the answer or the decision says."""
    asked = conversation.last("ask_user")
    told = asked.result if asked else conversation.tagged("closed_decisions")
    found = re.search(rf"{re.escape(_COLOUR)} (\w+)", told)
    colours = find_colours(found[1]) if found else []
    return colours[0] if colours else None
