"""Cuts a text that is too long for its place, never inside a word, an emoji, a link or a mark pair.

A mark pair is what WhatsApp shows as bold, italic, struck through or code.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

_UNBROKEN = r"""
      (?P<mark>```) .+? ```
    | (?P<mark>`) [^`\n]+ `
    | (?: https?:// | www\. ) \S+
    | (?<! \w ) (?P<mark>[*_~]) (?= \S ) [^\n]+? (?<= \S ) (?P=mark) (?! \w )
    """

_ELLIPSIS = "…"
_SENTENCE_END = re.compile(r"[.!?…][”“»\"')]*(?=\s+[^\Wa-z\d_])|[。！？؟।][”“»\"')]*")
_LEAST_INSIDE = 8  # characters of a mark pair that are worth showing
_LOOSE_END = " \t\n,;:-–—("


@cache
def unbroken() -> "regex.Pattern[str]":
    """What stays together; `mark` opens and closes it, and is None for a link."""
    import regex  # here: it takes long, and what answers with short texts never needs it

    return regex.compile(_UNBROKEN, regex.VERBOSE | regex.DOTALL)


@cache
def graphemes() -> "regex.Pattern[str]":
    """What a reader takes for one character."""
    import regex

    return regex.compile(r"\X")


def one_line(text: str) -> str:
    """The text with one space wherever it had any."""
    return " ".join(text.split())


def whole_sentences(text: str, limit: int) -> str:
    """The first sentences that `limit` characters hold; only a longer first one is cut inside."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, limit)]
    return text[: ends[-1]] if ends else shorten(text, limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis for what is left out.

    A word or a mark pair that would leave half of the room empty is cut inside: between two visible
    characters, and with the mark closed again.
    """
    if len(text) <= limit:
        return text
    room = limit - len(_ELLIPSIS)
    together = [found for found in unbroken().finditer(text) if found.start() < room]
    end = _last_gap(text, room, [found.span() for found in together])
    if end > room // 2:
        return text[:end].rstrip(_LOOSE_END) + _ELLIPSIS
    if together and (mark := together[-1]["mark"]):
        start, width = together[-1].start(), len(mark)
        inner = together[-1][0][width:-width]
        inside = min(limit - start - 2 * width, len(inner) - 1)
        if together[-1].end() > room and inside > _LEAST_INSIDE:
            cut = shorten(inner, inside)
            return f"{text[:start]}{mark}{cut}{mark}"
    if end:
        return text[:end].rstrip(_LOOSE_END) + _ELLIPSIS
    ends = [0, *(found.end() for found in graphemes().finditer(text) if found.end() <= room)]
    return text[: ends[-1]] + _ELLIPSIS


def _last_gap(text: str, room: int, together: list[tuple[int, int]]) -> int:
    """The end of the last word or pair that fits; 0 if not even the first one does."""
    return max(
        (
            end
            for end in range(1, room + 1)
            if text[end].isspace()
            and text[:end].strip(_LOOSE_END)
            and not any(first < end < last for first, last in together)
        ),
        default=0,
    )
