"""Brings words into one form, so that they are found however they are written."""

import unicodedata


def folded(text: str) -> str:
    """The words in small letters, one space apart, without accents, vowel marks or punctuation.

    Marks are dropped in every script alike ("Ayúdame!" is "ayudame"), so what is compared must be
    folded on both sides.
    """
    return "".join(map(_letter, unicodedata.normalize("NFKD", text.casefold()))).strip()


def words(text: str) -> list[str]:
    """The folded words."""
    return folded(text).split()


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Mn":
        return ""
    return character if category[0] in "LN" or category == "Mc" else " "
