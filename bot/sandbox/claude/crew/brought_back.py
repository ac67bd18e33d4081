"""What the user sent earlier and asks for again, as the stand-in's engineer puts it on the page."""

import re

from bot.sandbox.claude.answers import ScriptedAnswer, call, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import PAGE

_WANTED = re.compile(r"\b(?:photo|picture) (?:from|of) before\b", re.I)
_PICTURE = re.compile(r"^pictures/[^\s,]+", re.M)


def bring_back(conversation: Conversation) -> ScriptedAnswer | None:
    """Put the picture back and show it; None where none is asked for, or that is done."""
    found = _PICTURE.search(conversation.tagged("sent_earlier"))
    is_wanted = _WANTED.search(conversation.tagged("request"))
    if not found or not is_wanted or conversation.last("bring_back", found[0]) is not None:
        return None
    shown = f'<main>\n    <img src="{found[0]}" alt="A picture that you sent">'
    return work(
        say("I take the picture from before."),
        call("bring_back", path=found[0]),
        call("replace_in_file", path=PAGE, old="<main>", new=shown),
    )
