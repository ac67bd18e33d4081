"""Brings words into one form, so that they are found however they are written."""

import re
import unicodedata
from itertools import groupby

# Letters of Arabic that people use for one another, and those of Persian and Urdu keyboards.
_ALIKE = str.maketrans({"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": ""})
_APOSTROPHES = frozenset("'’‘ʼ`´")
_OF_ASCII = {
    code: None if chr(code) in _APOSTROPHES else chr(code).lower() if chr(code).isalnum() else " "
    for code in range(128)
}
_QUESTION_MARKS = frozenset("?؟？⁇⁈⁉❓❔")
_SAID_TWICE = re.compile(r"([a-z])\1+")  # of what is folded
_DIRECTIONS = dict.fromkeys(
    map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
_MOST_DIGITS = 9
_UNSEEN = frozenset({"Mn", "Cf", "Me"})  # accents, vowel marks, joiners and marks of direction


def folded(text: str) -> str:
    """The words in small letters, one space apart, without accents, vowel marks or punctuation.

    Marks are dropped in every script alike ("Ayúdame!" is "ayudame"), and so are apostrophes
    ("don't" is "dont"), so what is compared must be folded on both sides.
    """
    if text.isascii():
        return text.translate(_OF_ASCII).strip()  # the same, sooner
    # An accent that stands alone is compatible with a space, so apostrophes go first.
    letters = "".join(one for one in text if one not in _APOSTROPHES)
    # Small letters last: those of other typefaces ("𝐒𝐓𝐎𝐏") are letters only then.
    decomposed = unicodedata.normalize("NFKD", letters).casefold().translate(_ALIKE)
    return "".join(map(_letter, decomposed)).strip()


def number_in(text: str) -> int | None:
    """The number that a text is, in the digits of any script ("2️⃣"); None if it is none.

    What has more digits than anything is counted with is none either.
    """
    said = folded(text)
    return int(said) if said.isdecimal() and len(said) <= _MOST_DIGITS else None


def without_directions(text: str) -> str:
    """The text as it is typed, without marks of direction, each letter with its accent as one."""
    return unicodedata.normalize("NFC", text).translate(_DIRECTIONS)


def words(text: str) -> list[str]:
    """The folded words."""
    return folded(text).split()


def is_question(text: str) -> bool:
    """Whether a question mark stands behind its last word, or one that opens a question in it.

    Around the mark may be others ("sure?!"), a smile, or marks of direction.
    """
    behind = next((i for i in range(len(text), 0, -1) if text[i - 1].isalnum()), 0)
    return not _QUESTION_MARKS.isdisjoint(text[behind:]) or "¿" in text


def is_emoji(text: str) -> bool:
    """Whether there is nothing but emoji in it."""
    return not words(text) and any(map(_is_symbol, text))


def plain_words(text: str) -> list[str]:
    """The folded words as fixed words are compared: letters and words said twice count once.

    "STOOOP stop!!!" is "stop". Where nothing but emoji was sent, each of them is a word.
    """
    said = words(text) or list(filter(_is_symbol, text))
    return [word for word, _ in groupby(map(_squeezed, said))]


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) == "So"


def _squeezed(word: str) -> str:
    if word.isascii():
        return _SAID_TWICE.sub(r"\1", word)
    return "".join(
        letter if letter.isalpha() or unicodedata.category(letter) == "Mc" else "".join(run)
        for letter, run in groupby(word)
    )


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return ""
    return character if category[0] in "LN" or category == "Mc" else " "
