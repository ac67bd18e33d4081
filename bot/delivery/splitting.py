"""Cuts a long text into messages that WhatsApp takes, where a reader would pause.

Twilio refuses a body of more than 1600 characters and counts some of them as several, so a part
holds at most 1500 UTF-16 code units. It ends at a paragraph, else a line, a sentence or a word;
never inside a grapheme, a link, code or *formatting*, unless that alone is longer than a part.
Then it is cut inside, with the formatting closed and opened again.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import regex

from bot.markup.shortening import graphemes, unbroken

LIMIT = 1500  # UTF-16 code units

_GAP = regex.compile(r"\s*\n|\s+")  # keeps the indentation of the line that follows
_PAUSES = (
    regex.compile(r"(?=[^\S\n]*\n\s*\n)(?<=\S)"),  # paragraph
    regex.compile(r"(?=[^\S\n]*\n)(?<=\S)"),  # line
    regex.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』）]*"),  # sentence
    regex.compile(r"(?=\s)(?<=\S)"),  # word
)


class _Span(NamedTuple):
    """A stretch that stays together, and the mark that opens and closes it."""

    start: int
    end: int
    mark: str


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Return the text's parts, numbered like "(1/3)" when there are several.

    Raises `ValueError` for a text with nothing to read.
    """
    text = text.strip()
    if not text:
        raise ValueError("a message needs words")
    if utf16_length(text) <= limit:
        return [text]
    digits = 1
    while True:
        room = limit - len(_label("9" * digits, "9" * digits))
        parts = [part for part in _cut(text, room) if part.strip()]
        if len(str(len(parts))) <= digits:
            return [_label(number, len(parts)) + part for number, part in enumerate(parts, 1)]
        digits += 1


def utf16_length(text: str) -> int:
    """Count UTF-16 code units: an emoji is at least two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _label(number: int | str, of: int | str) -> str:
    return f"({number}/{of}) "


def _cut(text: str, room: int, *, keep_together: bool = True) -> Iterator[str]:
    spans = _unbroken_spans(text) if keep_together else []
    pauses = [_outside(spans, (m.end() for m in pause.finditer(text))) for pause in _PAUSES]
    visible = _outside(spans, (m.end() for m in graphemes().finditer(text)))
    units = [0, *accumulate(utf16_length(character) for character in text)]
    start = 0
    while units[-1] - units[start] > room:
        stop = bisect_right(units, units[start] + room) - 1
        middle = bisect_right(units, units[start] + room // 2)
        end = (
            _last_between(pauses, middle, stop)
            or _last_between(pauses, start + 1, stop)
            or _last_between([visible], start + 1, stop)
        )
        if end is not None:
            yield text[start:end]
        elif (span := next((s for s in spans if s.start <= start < s.end), None)) is not None:
            yield from _cut_inside(text, span, room)
            end = span.end
        else:  # one grapheme that is longer than a part
            end = stop
            yield text[start:end]
        gap = _GAP.match(text, end)
        start = gap.end() if gap else end
    if start < len(text):
        yield text[start:]


def _cut_inside(text: str, span: _Span, room: int) -> Iterator[str]:
    width = len(span.mark)
    inner = text[span.start + width : span.end - width]
    for piece in _cut(inner, room - 2 * width, keep_together=bool(span.mark)):
        yield f"{span.mark}{piece}{span.mark}"


def _unbroken_spans(text: str) -> list[_Span]:
    return [_Span(m.start(), m.end(), m["mark"] or "") for m in unbroken().finditer(text)]


def _outside(spans: list[_Span], positions: Iterator[int]) -> list[int]:
    """Keep the positions, in ascending order, that are not inside a span."""
    starts = [span.start for span in spans]
    kept = []
    for position in positions:
        before = bisect_right(starts, position - 1) - 1
        if before < 0 or spans[before].end <= position:
            kept.append(position)
    return kept


def _last_between(ranks: list[list[int]], first: int, last: int) -> int | None:
    """Find the last position within the bounds, of the first rank that has one."""
    for positions in ranks:
        index = bisect_right(positions, last) - 1
        if index >= 0 and positions[index] >= first:
            return positions[index]
    return None
