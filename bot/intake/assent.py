"""Whether a message says yes or no; asked only while a question is open."""

from bot.intake.vocabulary import ANSWERS, find_meanings

_ASSENT = {"yes": True, "no": False}


def find_assent(text: str, *, is_literal: bool = False) -> bool | None:
    """True for a yes, False for a no, None for everything else, which says more than that.

    Many a word is a yes only because a question is open ("start", "go on", a lone thumbs up).
    Nothing is taken for a slip where it `is_literal`.
    """
    found = {_ASSENT.get(one) for one in find_meanings(ANSWERS, text, is_literal=is_literal)}
    return found.pop() if len(found) == 1 else None
