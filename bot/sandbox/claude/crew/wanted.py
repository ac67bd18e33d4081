"""What the stand-in's planner makes of a request: its sentences, and what cannot be built of it."""

import re

from bot.model.answers import Wanted
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.changes import Changes, read_changes

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_BROUGHT = re.compile(r"^\[[^\]\n]*\]$", re.M)
_BEYOND = {
    "Paying isn't possible in these apps.": re.compile(r"\bpay(?:s|ing|ments?)?\b", re.I),
    "Accounts aren't possible in these apps.": re.compile(
        r"\blog(?:ging)? ?in\b|\baccounts\b", re.I
    ),
}
_MISSING = {
    "the address": re.compile(r"\b(?:bakery|restaurant|caf[eé])\b", re.I),
    "the opening hours": re.compile(r"\bopening hours\b", re.I),
}
FACTS = tuple(_MISSING)


def wanted_of(conversation: Conversation, *, is_change: bool) -> list[Wanted]:
    """The sentences of the request; a new colour or title replaces one that was asked for."""
    request = _BROUGHT.sub("", conversation.tagged("request"))
    earlier = conversation.requirements if is_change else {}
    return [
        Wanted(
            words=words,
            kind="looks" if is_change and read_changes(words).accent else "does",
            source="message",
            can_be_built=not left_out_of(words),
            replaces=[
                number
                for number, before in earlier.items()
                if _takes_the_place(read_changes(words), read_changes(before))
            ],
        )
        for sentence in _SENTENCE.findall(request)
        if (words := sentence.strip())
    ]


def left_out_of(words: str) -> list[str]:
    """What these apps cannot do of it."""
    return [sentence for sentence, named in _BEYOND.items() if named.search(words)]


def missing_of(words: str) -> list[str]:
    """The facts that such a page has and that nobody gave."""
    return [fact for fact, named in _MISSING.items() if named.search(words)]


def _takes_the_place(later: Changes, earlier: Changes) -> bool:
    if earlier.note or earlier.theme:
        return False
    is_accent = bool(earlier.accent) and not earlier.title
    is_title = bool(earlier.title) and not earlier.accent
    return (is_accent and bool(later.accent)) or (is_title and bool(later.title))
