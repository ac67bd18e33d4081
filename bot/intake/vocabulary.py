"""The fixed words of each language, from the files of `bot/intake/words`.

English words are understood in every language, as people mix them ("stop bitte", "undo karo").
"""

import tomllib
from functools import cache
from importlib.resources import files

from bot.intake.phrases import AROUND, Phrase, Phrasebook, Phrases, expand
from bot.languages.locales import KNOWN, SOURCE
from bot.languages.normalize import plain_words

COMMANDS, ANSWERS, WHILE_BUILDING = "commands", "answers", "while_building"
ORDINARY = "ordinary"  # the section of words that are no slip of a fixed one


@cache
def phrases(language: str) -> Phrases:
    """What can be said in a language, with the words of English."""
    spoken = sorted({SOURCE, language})
    return Phrases(*(phrasebook(one) for one in spoken), ordinary=ordinary_words())


@cache
def own_phrases(language: str) -> Phrases:
    """What is said in a language, without the words of English."""
    return Phrases(phrasebook(language), ordinary=ordinary_words())


@cache
def ordinary_words() -> frozenset[str]:
    """The words of any language that only look like a slip of a fixed one, as they are compared."""
    listed = (words for one in languages() for words in _read(one).get(ORDINARY, {}).values())
    return frozenset(plain_words(" ".join(listed)))


@cache
def meanings(section: str) -> frozenset[str]:
    """What the phrases of a section can mean, which is the same in every language."""
    return frozenset(f"{section} {meaning}" for meaning in own_meanings(SOURCE, section))


def own_meanings(language: str, section: str) -> frozenset[str]:
    """What the phrases of a section in the file of a language mean."""
    return frozenset(_read(language)[section])


def languages() -> list[str]:
    """All that have a file, English first."""
    return [SOURCE, *sorted(KNOWN.keys() - {SOURCE})]


@cache
def phrasebook(language: str) -> Phrasebook:
    """All phrases of a language by themselves, and what each may mean."""
    table = _read(language)
    groups: dict[str, set[Phrase]] = {}
    for name, pattern in table["groups"].items():
        groups[name] = expand(pattern, groups)
    sections = {
        f"{section} {meaning}": pattern
        for section in (COMMANDS, ANSWERS, WHILE_BUILDING)
        for meaning, pattern in table.get(section, {}).items()
    }
    found: dict[Phrase, frozenset[str]] = {}
    for meaning, pattern in {AROUND: f"<{AROUND}>", **sections}.items():
        alone = frozenset({meaning})
        for phrase in expand(pattern, groups):
            found[phrase] = found[phrase] | alone if phrase in found else alone
    return Phrasebook(found)


@cache
def _read(language: str) -> dict[str, dict[str, str]]:
    source = files("bot.intake").joinpath("words", f"{language}.toml")
    return tomllib.loads(source.read_text("utf-8"))
