"""What stands within a paragraph, from Markdown's tokens to WhatsApp's marks.

WhatsApp's marks work within one line and between words, so a pair is closed at each end of a line
and around an address, and left out where it would touch a letter.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

CODE, FENCE = "`", "```"
_MARKS = {"strong_open": "*", "em_open": "_", "s_open": "~"}
_DEEPEST = 30  # pairs within pairs; nobody writes that many to say something
_LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)


class _Piece(NamedTuple):
    """A stretch of text; no mark pair reaches across one that `breaks`."""

    text: str
    breaks: bool = False


def is_markdown(inline: "Token") -> bool:
    """Whether something in the paragraph can be nothing else."""
    tokens = inline.children or []
    return any(
        token.type in {"link_open", "image"}
        or (token.type == "code_inline" and token.markup == "``")
        or (token.type in {"strong_open", "s_open"} and not _is_literal(tokens, number))
        for number, token in enumerate(tokens)
    )


def has_strong(inline: "Token") -> bool:
    """Whether something in the paragraph is in bold by double stars."""
    return any(token.type == "strong_open" for token in inline.children or [])


def render_inline(inline: "Token", *, star: str, is_bold: bool = False) -> str:
    """The paragraph with WhatsApp's marks; all in bold if `is_bold`, as a heading is.

    `star` is the mark that takes the place of a single star.
    """
    tokens = inline.children or []
    if any(token.level > _DEEPEST for token in tokens):
        return inline.content
    used = {"*"} if is_bold else set[str]()
    pieces = _pieces(tokens, used, star)
    return "".join(piece.text for piece in (_marked(pieces, "*") if is_bold else pieces))


def _pieces(tokens: "Sequence[Token]", used: set[str], star: str) -> list[_Piece]:
    """The tokens' pieces, in marks but for those that are `used` around them."""
    pieces: list[_Piece] = []
    number = 0
    while number < len(tokens):
        token, last = tokens[number], number
        if token.nesting == 1:
            last = closing(tokens, number)
            inner = tokens[number + 1 : last]
            if token.type == "link_open":
                text = _pieces(inner, used, star)
                pieces += [*text, *_address(token, "".join(piece.text for piece in text))]
            elif _is_literal(tokens, number):
                literal = _Piece(token.markup)
                pieces += [literal, *_pieces(inner, used, star), literal]
            else:
                mark = star if token.markup == "*" else _MARKS[token.type]
                styled = _pieces(inner, {*used, mark}, star)
                is_shown = mark not in used and not any(_touched(tokens, number, last))
                pieces += _marked(styled, mark) if is_shown else styled
        else:
            pieces += _leaf(token)
        number = last + 1
    return pieces


def closing(tokens: "Sequence[Token]", number: int) -> int:
    """The number of the token that closes the one of that number."""
    level = tokens[number].level
    return next(
        other
        for other in range(number + 1, len(tokens))
        if tokens[other].nesting == -1 and tokens[other].level == level
    )


def _is_literal(tokens: "Sequence[Token]", number: int) -> bool:
    """Whether the pair is none: the stars of a product such as "2*3 and 4*5"."""
    token = tokens[number]
    last = closing(tokens, number)
    touched = _touched(tokens, number, last)
    if token.type == "em_open":
        return any(touched)
    inside = "".join(inner.content for inner in tokens[number + 1 : last])
    return all(touched) and any(character.isspace() for character in inside)


def _touched(tokens: "Sequence[Token]", first: int, last: int) -> tuple[bool, bool]:
    """Whether the pair touches a letter or digit outside, before and after it."""
    before = tokens[first - 1].content[-1:] if first else ""
    after = tokens[last + 1].content[:1] if last + 1 < len(tokens) else ""
    return _is_of_word(before), _is_of_word(after)


def _is_of_word(character: str) -> bool:
    return character == "_" or (character != "" and unicodedata.category(character)[0] in "LNM")


def _marked(pieces: list[_Piece], mark: str) -> list[_Piece]:
    """The pieces with a mark pair around each stretch that nothing breaks."""
    marked: list[_Piece] = []
    for breaks, group in groupby(pieces, key=lambda piece: piece.breaks):
        stretch = list(group)
        text = "".join(piece.text for piece in stretch)
        core = text.strip()
        if breaks or not core:
            marked += stretch
        else:
            before, _, after = text.partition(core)
            marked.append(_Piece(f"{before}{mark}{core}{mark}{after}"))
    return marked


def _address(token: "Token", text: str) -> list[_Piece]:
    """The address behind a link's text, unless it is the text or leads nowhere else."""
    address = str(token.attrs.get("href", "")).strip()
    if not address or address.startswith("#") or address.removeprefix("mailto:") == text:
        return []
    return [_Piece(f" ({address})" if text.strip() else address, breaks=True)]


def _leaf(token: "Token") -> list[_Piece]:
    match token.type:
        case "softbreak" | "hardbreak":
            return [_Piece("\n", breaks=True)]
        case "code_inline":
            mark = FENCE if CODE in token.content or token.markup == FENCE else CODE
            return [_Piece(f"{mark}{token.content}{mark}")]
        case "image":
            return [_Piece(_words(token) or str(token.attrs.get("src", "")), breaks=True)]
    first, *others = _LINE_BREAK.split(token.content)
    broken = [_Piece(first)]
    for other in others:
        broken += [_Piece("\n", breaks=True), _Piece(other)]
    return broken


def _words(image: "Token") -> str:
    """The text that stands for a picture."""
    return "".join(token.content for token in image.children or []).strip()
