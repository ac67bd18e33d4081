"""Which command a message is, in the words of any language, and what follows one that takes more.

All words are in the files of `bot/intake/words`. Two commands are followed by what they are about.
"""

import re
from functools import cache

from bot.intake import vocabulary
from bot.intake.vocabulary import COMMANDS, WHILE_BUILDING, find_meanings, ways_to_begin
from bot.languages.normalize import number_in, without_directions, words

# What looks like a command and is none.
_NOTHING = "nothing"


@cache
def _beginnings(meaning: str) -> list[re.Pattern[str]]:
    """What a message with something behind the command looks like, the longest first."""
    return [
        re.compile(rf"\s*{re.escape(way)}\s+#?(?=\S)(.+?)[\s.!]*$", re.I | re.S)
        for way in sorted(ways_to_begin(meaning), key=len, reverse=True)
    ]


def find_meaning(text: str, *, is_literal: bool = False) -> str | None:
    """The English command that a message is and says nothing else, or None."""
    meaning = next(iter(find_meanings(COMMANDS, text, is_literal=is_literal)), None)
    return None if meaning == _NOTHING else meaning


def is_stop_while_building(text: str) -> bool:
    """Whether a message can only mean a stop if something is built ("enough", "leave it")."""
    return bool(find_meanings(WHILE_BUILDING, text))


def find_opened(text: str) -> str | None:
    """What follows a word for "open" at the beginning, or None.

    It may also be the beginning of a request; only who knows the titles of the projects can tell.
    A number is one in any digits ("2️⃣").
    """
    named = _what_follows("open", text)
    number = number_in(named or "")
    return named if number is None else str(number)


def find_forgotten(text: str) -> str | None:
    """What follows a word for "forget" at the beginning, or None.

    Who says not to forget something says so behind it: "vergiss nicht", "oublie pas".
    """
    found = _what_follows("forget", text)
    said = words(found or "")
    negations = {word for way in ways_to_begin("not") for word in words(way)}
    return None if negations & {*said[:1], *said[-1:]} else found


def find_language(text: str) -> str | None:
    """The language of a command that only one language has a word for, or None."""
    return vocabulary.find_language(COMMANDS, text)


def _what_follows(meaning: str, text: str) -> str | None:
    plain = without_directions(text)
    found = (one.match(plain) for one in _beginnings(meaning))
    return next((one[1].strip() for one in found if one), None)
