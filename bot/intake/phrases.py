"""Finds what a message says where all of it is made of known phrases.

A phrase is written as a pattern: `[a | b]` is one of them, `(a)` may be left out, `<it>` is what a
group of that name stands for. A message is read only if its words are phrases from end to end: some
that mean one thing, and around them such as mean nothing ("ok", "please", "now"). So "stop it now
please" is a stop, and "stop watch" is none.
"""

import re
import string
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby, product
from operator import eq

from bot.languages.normalize import plain_words

LONGEST = 14  # words; who writes more says more than a fixed word
SHORTEST_SWAPPED = 4  # letters of a word in which two may be the wrong way round
SHORTEST_LACKING = 10  # letters of a word that may lack one
AROUND = "around"  # the meaning of what means nothing
_VOWELS = frozenset("aeiou")
_TOKEN = re.compile(r"[\[\]()|]|<\w+>|[^\s\[\]()|<>]+")

Phrase = tuple[str, ...]


class Phrasebook:
    """What the phrases of one language mean; each may mean several things.

    A language has up to twenty thousand, so what is known of them all is found out once. `runs` are
    the letters that follow one another in its words.
    """

    def __init__(self, meanings: Mapping[Phrase, frozenset[str]]) -> None:
        self.meanings = meanings
        self.longest = max(map(len, meanings))
        self.words = frozenset[str]().union(*meanings)
        self.runs = frozenset[str]().union(*map(_runs, self.words))


class Phrases:
    """What can be said in a conversation, in one language or in several."""

    def __init__(self, *books: Phrasebook) -> None:
        self._meanings = [book.meanings for book in books]
        self._longest = max(book.longest for book in books)
        self._known = frozenset[str]().union(*(book.words for book in books))
        self._runs = frozenset[str]().union(*(book.runs for book in books))

    def find_meaning(self, said: list[str], wanted: frozenset[str]) -> str | None:
        """Which of the wanted meanings all the words together have, or None.

        Where several are possible, the one that takes the fewest phrases: "stop all" is one.
        """
        if not said or len(said) > LONGEST:
            return None
        words = tuple(said)
        # What the words up to there can mean, and how many phrases that takes.
        reached: list[dict[str, int]] = [{AROUND: 0}, *({} for _ in words)]
        for start, before in enumerate(reached):
            if not before:
                continue
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                meant = self._meant(words[start:end]) & (wanted | {AROUND})
                _go_on(before, meant, reached[end])
        found = {meaning: count for meaning, count in reached[-1].items() if meaning != AROUND}
        return min(found, key=lambda meaning: (found[meaning], meaning), default=None)

    def _meant(self, phrase: Phrase) -> frozenset[str]:
        return frozenset().union(*(one.get(phrase, frozenset()) for one in self._meanings))

    def corrected(self, said: list[str]) -> list[str]:
        """The words, and for a slip of a known one that one.

        What reads as a word of the language is none: only one whose letters follow one another as
        in no known word ("stpo") is, never a name or a word of its own ("line", for "lien").
        """
        return [self._corrected(word) for word in said]

    def _corrected(self, word: str) -> str:
        if word in self._known or not word.isascii() or self._runs.issuperset(_runs(word)):
            return word
        return next((likely for likely in _slips(word) if likely in self._known), word)


def _go_on(before: Mapping[str, int], meant: frozenset[str], after: dict[str, int]) -> None:
    """Note `after` a phrase what all can mean that was `before` it, where that is one thing."""
    for (meaning, count), more in product(before.items(), meant):
        if meaning == AROUND or more in {AROUND, meaning}:
            together = more if meaning == AROUND else meaning
            after[together] = min(count + 1, after.get(together, count + 1))


def _slips(word: str) -> Iterator[str]:
    """What may have been meant: two letters are the wrong way round, or a long word lacks one.

    The first letter is right, and the last is not missing: that would be grammar ("cost", "costs").
    A wrong letter and one too many make another word more often than a slip, and so do two vowels
    ("riecht", for "reicht"): those a model reads.
    """
    if len(word) >= SHORTEST_SWAPPED:
        for i in range(1, len(word) - 1):
            if not _VOWELS.issuperset(word[i : i + 2]):
                yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if len(word) >= SHORTEST_LACKING:
        for i in range(1, len(word)):
            yield from (word[:i] + letter + word[i:] for letter in string.ascii_lowercase)


def _runs(word: str) -> set[str]:
    """Each three letters in a row, with the word's beginning and its end."""
    bounded = f" {word} "
    return {bounded[i : i + 3] for i in range(len(bounded) - 2)}


def expand(pattern: str, groups: Mapping[str, set[Phrase]]) -> set[Phrase]:
    """All phrases that a pattern stands for, as plain words."""
    tokens = _TOKEN.findall(pattern.strip().replace("\n", "|"))
    return {_said_once(phrase) for phrase in _alternatives(tokens, groups) if phrase}


def _said_once(phrase: Phrase) -> Phrase:
    """The phrase without a word that follows itself."""
    if not any(map(eq, phrase, phrase[1:])):
        return phrase
    return tuple(word for word, _ in groupby(phrase))


@lru_cache(maxsize=4096)
def _plain(token: str) -> Phrase:
    return tuple(plain_words(token))


def _alternatives(tokens: list[str], groups: Mapping[str, set[Phrase]]) -> set[Phrase]:
    """What everything up to the bracket that closes stands for; it is taken off the tokens."""
    found: set[Phrase] = set()
    phrases: set[Phrase] = {()}
    while tokens:
        token = tokens.pop(0)
        if token in {"]", ")"}:
            break
        if token == "|":
            found |= phrases
            phrases = {()}
            continue
        if token in {"[", "("}:
            parts = _alternatives(tokens, groups) | ({()} if token == "(" else set())
        elif token.startswith("<"):
            parts = groups[token[1:-1]]
        else:
            parts = {_plain(token)}
        phrases = {phrase + part for phrase, part in product(phrases, parts)}
    return found | phrases
