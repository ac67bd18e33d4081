"""Which command a message is, in the words of any language, and what follows one that takes more.

The commands that stand alone are in the files of `bot/intake/words`. Two are followed by what they
are about; their beginnings are here, several ways to say one separated by a bar.
"""

import re

from bot.intake import vocabulary
from bot.intake.vocabulary import COMMANDS, WHILE_BUILDING, find_meanings
from bot.languages.normalize import words

# What looks like a command and is none.
_NOTHING = "nothing"
_OPEN = """
open | abrir | abre | abra | öffnen | öffne | ouvrir | ouvre | खोलो | खोलें | افتح | buka
"""
_FORGET = """
forget that | forget | olvida que | olvida eso | olvida | esquece que | esqueça que | esquece
vergiss dass | vergiss das | vergiss
oubliez que | oubliez ça | oubliez | oublie que | oublie ça | oublie
भूल जाओ कि | यह भूल जाओ | भूल जाओ | انس أن | انس ذلك | انس | lupakan bahwa | lupakan itu | lupakan
"""


def _beginnings(ways: str) -> list[re.Pattern[str]]:
    """What a message with something behind the command looks like, the longest first."""
    each = [way.strip() for line in ways.strip().splitlines() for way in line.split("|")]
    return [
        re.compile(rf"\s*{re.escape(way)}\s+#?(?=\S)(.+?)[\s.!]*$", re.I | re.S)
        for way in sorted(each, key=len, reverse=True)
    ]


_NOT = frozenset(words("not nicht pas não nunca jamais never nie niemals"))
_OPENINGS, _FORGETTING = _beginnings(_OPEN), _beginnings(_FORGET)


def find_meaning(text: str) -> str | None:
    """The English command that a message is and says nothing else, or None."""
    meaning = next(iter(find_meanings(COMMANDS, text)), None)
    return None if meaning == _NOTHING else meaning


def is_stop_while_building(text: str) -> bool:
    """Whether a message can only mean a stop if something is built ("enough", "leave it")."""
    return bool(find_meanings(WHILE_BUILDING, text))


def find_opened(text: str) -> str | None:
    """What follows a word for "open" at the beginning, or None.

    It may also be the beginning of a request; only who knows the titles of the projects can tell.
    """
    return _what_follows(_OPENINGS, text)


def find_forgotten(text: str) -> str | None:
    """What follows a word for "forget" at the beginning, or None.

    Who says not to forget something says so behind it: "vergiss nicht", "oublie pas".
    """
    found = _what_follows(_FORGETTING, text)
    said = words(found or "")
    return None if _NOT & {*said[:1], *said[-1:]} else found


def find_language(text: str) -> str | None:
    """The language of a command that only one language has a word for, or None."""
    return vocabulary.find_language(COMMANDS, text)


def _what_follows(beginnings: list[re.Pattern[str]], text: str) -> str | None:
    return next((found[1].strip() for one in beginnings if (found := one.match(text))), None)
