"""Whether a message says yes or no; asked only while a question is open."""

from bot.intake.vocabulary import ANSWERS, languages, meanings, phrases
from bot.languages.normalize import plain_words

_ASSENT = {f"{ANSWERS} yes": True, f"{ANSWERS} no": False}


def find_assent(text: str) -> bool | None:
    """True for a yes, False for a no, None for everything else, which says more than that.

    Many a word is a yes only because a question is open ("start", "go on", a lone thumbs up).
    """
    said = plain_words(text)
    each = [phrases(language).find_meaning(said, meanings(ANSWERS)) for language in languages()]
    found = {_ASSENT.get(meaning) for meaning in each if meaning is not None}
    return found.pop() if len(found) == 1 else None
