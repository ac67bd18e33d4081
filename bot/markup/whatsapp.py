"""Turns what a model wrote into what WhatsApp shows: Markdown becomes its marks.

`**x**` is bold in Markdown and `*x*` in WhatsApp, where Markdown means italics by that. So a text
is taken for Markdown only if something in it can be nothing else (`**bold**`, a heading, a link, a
table, ...), and a single star for italics only beside double ones. Any other text is left alone:
plain words, `snake_case`, "2 * 3", and the marks of a model that knows where it is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bot.markup.characters import sendable
from bot.markup.inline import FENCE, closing, has_strong, is_markdown, render_inline
from bot.markup.shortening import one_line, unbroken

if TYPE_CHECKING:
    import regex
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ROUNDS = 8  # what stood behind a backslash may look like Markdown once that is gone


def as_whatsapp(text: str) -> str:
    """The text in WhatsApp's marks, with characters that can be sent.

    Changes nothing in what it made itself, so a text may pass more than once.
    """
    text = sendable(text)
    for _ in range(_ROUNDS):
        rendered = _rendered(text)
        if rendered in {"", text}:
            break
        text = rendered
    return text


def as_label(text: str) -> str:
    """The text in one line and without marks, as a title, a name or a button has it."""
    for _ in range(_ROUNDS):
        line = one_line(as_whatsapp(text))
        plain = one_line(unbroken().sub(_without_mark, line)) or line
        if plain == text:
            break
        text = plain
    return text


def _without_mark(found: "regex.Match[str]") -> str:
    mark = found["mark"] or ""
    return found[0][len(mark) : len(found[0]) - len(mark)]


def _rendered(text: str) -> str:
    """The text without the Markdown in it; as it is if there is none."""
    tokens = _parser().parse(text)
    if not any(map(_is_markdown, tokens)):
        return text
    paragraphs = [token for token in tokens if token.type == "inline"]
    star = "_" if any(map(has_strong, paragraphs)) else "*"
    return _Page(lines=text.split("\n"), star=star).below(tokens)


@cache
def _parser() -> "MarkdownIt":
    from bot.markup.markdown_parser import make_parser  # here: needed once a model has answered

    return make_parser()


def _is_markdown(token: "Token") -> bool:
    """Whether the token can be nothing else; lists, quotes and plain fences are WhatsApp's too."""
    if token.type == "fence":
        return token.markup != FENCE or bool(token.info.strip())
    if token.type == "inline":
        return is_markdown(token)
    return token.type in {"heading_open", "hr", "table_open"}


@dataclass(frozen=True, kw_only=True)
class _Page:
    """A text that is Markdown: its lines, and the mark that takes the place of a single star."""

    lines: Sequence[str]
    star: str

    def below(self, tokens: "Sequence[Token]") -> str:
        """The blocks of one level below each other, with an empty line where there was one."""
        shown, end, number = "", 0, 0
        while number < len(tokens):
            token = tokens[number]
            last = closing(tokens, number) if token.nesting == 1 else number
            text = self._block(token, tokens[number + 1 : last])
            number = last + 1
            if not text:
                continue
            first, after = token.map or (0, 0)
            if shown:
                between = self.lines[end - 1 : first]
                shown += "\n\n" if any(not line.strip(" \t>") for line in between) else "\n"
            shown += text
            end = after
        return shown

    def _block(self, token: "Token", inner: "Sequence[Token]") -> str:
        match token.type:
            case "heading_open":
                return render_inline(inner[0], star=self.star, is_bold=True)
            case "paragraph_open":
                return render_inline(inner[0], star=self.star)
            case "fence":
                code = token.content.rstrip("\n").replace(FENCE, "'''")
                return f"{FENCE}\n{code}\n{FENCE}"
            case "blockquote_open":
                return "\n".join(f"> {line}".rstrip() for line in self.below(inner).split("\n"))
            case "bullet_list_open" | "ordered_list_open":
                return "\n".join(self._items(token, inner))
            case "table_open":
                return "\n".join(self._rows(inner))
        return ""  # a rule

    def _items(self, token: "Token", inner: "Sequence[Token]") -> Iterator[str]:
        """The items of a list, further lines below the first one's words."""
        position = int(token.attrs.get("start", 1))
        number = 0
        while number < len(inner):
            last = closing(inner, number)
            bullet = f"{position}{token.markup} " if token.tag == "ol" else "- "
            text = self.below(inner[number + 1 : last]).replace("\n", "\n" + " " * len(bullet))
            yield "\n".join(line.rstrip() for line in f"{bullet}{text}".split("\n"))
            number, position = last + 1, position + 1

    def _rows(self, inner: "Sequence[Token]") -> list[str]:
        """A table's lines, the head in bold."""
        rows: list[list[str]] = []
        is_head = False
        for token in inner:
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                is_head = token.type == "th_open"
            elif token.type == "inline":
                cell = render_inline(token, star=self.star, is_bold=is_head)
                rows[-1].append(one_line(cell))
        return [" | ".join(row).strip() for row in rows]
