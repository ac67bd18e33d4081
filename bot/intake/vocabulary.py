"""The fixed words of each language, from the files of `bot/intake/words`.

English words are understood in every language, as people mix them ("stop bitte", "undo karo").
Whatever language a user speaks, they may use the words of any, but a slip is one of their own.
"""

import tomllib
from functools import cache
from importlib.resources import files

from bot.intake.phrases import AROUND, Phrase, Phrasebook, Phrases, expand
from bot.languages.i18n import current_locale
from bot.languages.locales import KNOWN, SOURCE
from bot.languages.normalize import plain_words

COMMANDS, ANSWERS, WHILE_BUILDING = "commands", "answers", "while_building"
REASSURANCE = "reassurance"
BEGINNINGS = "beginnings"  # ways to begin, as they are typed
TOPICS = "topics"  # single words, of which one is enough


def find_meanings(section: str, text: str, *, is_literal: bool = False) -> list[str]:
    """What a text may mean of a section, by language; words that are not slips come first.

    Nothing is taken for a slip where it `is_literal`.
    """
    said = plain_words(text)
    found = [_find(section, said, phrases(language)) for language in languages()]
    if not any(found) and not is_literal:
        spoken = _spoken()
        found = [_find(section, spoken.corrected(said), spoken)]
    return [meaning for meaning in found if meaning]


def is_foreign(section: str, text: str) -> bool:
    """Whether neither English nor the language that is spoken has such words for a text."""
    spoken = _spoken()
    return not _find(section, spoken.corrected(plain_words(text)), spoken)


def _spoken() -> Phrases:
    return phrases(current_locale() if current_locale() in KNOWN else SOURCE)


def _find(section: str, said: list[str], spoken: Phrases) -> str | None:
    found = spoken.find_meaning(said, meanings(section))
    return found.removeprefix(f"{section} ") if found else None


def find_language(section: str, text: str) -> str | None:
    """The one language other than English that alone has words for a text, or None."""
    said = plain_words(text)
    found = {one for one in languages() if _find(section, said, own_phrases(one))}
    return found.pop() if len(found) == 1 and found != {SOURCE} else None


def names_topic(topic: str, text: str) -> bool:
    """Whether a word for the topic is in a text, whatever else it says."""
    return not _topic_words(topic).isdisjoint(plain_words(text))


@cache
def _topic_words(topic: str) -> frozenset[str]:
    return frozenset(plain_words(" | ".join(_read(one)[TOPICS][topic] for one in languages())))


def ways_to_begin(meaning: str) -> set[str]:
    """How a message that means that begins, in any language."""
    return {
        way.strip() for one in languages() for way in _read(one)[BEGINNINGS][meaning].split("|")
    }


@cache
def phrases(language: str) -> Phrases:
    """What can be said in a language, with the words of English."""
    return Phrases(*map(phrasebook, sorted({SOURCE, language})))


@cache
def own_phrases(language: str) -> Phrases:
    """What is said in a language, without the words of English."""
    return Phrases(phrasebook(language))


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
        for section in (COMMANDS, ANSWERS, WHILE_BUILDING, REASSURANCE)
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
