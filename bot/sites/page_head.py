"""Reads what the head of an HTML page holds, and where something can be added to it.

The page is only read: what is found are offsets into its text, so that adding to it leaves every
other character as it was written.
"""

from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

BYTE_ORDER_MARK = "\ufeff"
LONGEST = 1_000  # characters of a value that is handed on

# What stands between the tags of these is text to a browser that runs scripts.
_RAW = {"title", "textarea", "style", "script", "noscript", "xmp", "iframe", "noembed", "noframes"}
_OF_HEAD = _RAW - {"textarea", "xmp", "iframe", "noembed"} | {"base", "link", "meta", "template"}
# What is in a drawing or a template is none of the page's own head, whatever it is called.
_APART = {"svg", "math", "template"}


@dataclass(kw_only=True)
class PageHead:
    """What a page says of itself, and the offsets for what it does not say.

    `meta` holds contents by name or property, `links` addresses by relation; empty ones are as none
    at all. An `<html>` tag or, where there is one, its attributes go to `html_at`.
    """

    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    has_html: bool = False
    attributes: dict[str, str] = field(default_factory=dict)  # of `<html>`
    html_at: int = 0
    head_at: int = 0
    icon_at: int | None = None  # behind an icon that is empty: of two, browsers take the later one


def read_head(page: str) -> PageHead:
    """Read a page, however broken; what cannot be read is as if it were not there."""
    start = len(BYTE_ORDER_MARK) if page.startswith(BYTE_ORDER_MARK) else 0
    reader = _Reader(page, start)
    try:
        reader.feed(page[start:])
    except AssertionError:
        # That is how the parser gives up, at "<![x[" for example. It is not closed either, so that
        # it looks for no end of what has none.
        return reader.head
    return reader.head


class _Reader(HTMLParser):
    """Notes what it meets until the end; the places for additions only while the head lasts."""

    def __init__(self, page: str, start: int) -> None:
        super().__init__()
        self.head = PageHead(html_at=start, head_at=start)
        self._lines = [start]
        for line in page[start:].split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._apart: list[str] = []
        self._is_untouched = True  # nothing but comments until here
        self._is_in_head = True
        self._has_charset = False

    def handle_decl(self, decl: str) -> None:
        if self._is_untouched:
            self.head.html_at = self.head.head_at = self._here() + len(f"<!{decl}>")
        self._is_untouched = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_untouched = False
        if tag in _APART:
            self._apart.append(tag)
        if self._apart:
            self._is_in_head = self._is_in_head and self._apart[0] == "template"
            return
        values = {name: (value or "").strip() for name, value in reversed(attrs)}
        if tag == "html":
            self._note_html(values)
        elif tag == "head":
            self._place_behind()
        elif tag not in _OF_HEAD:
            self._is_in_head = False
        if tag == "meta":
            self._note_meta(values)
        elif tag == "link":
            self._note_link(values)
        if tag in _RAW:
            self.set_cdata_mode(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Only what is in a drawing ends with its slash; elsewhere a browser does not see that.
        self.handle_starttag(tag, attrs)
        if self._apart and self._apart[-1] == tag != "template":
            self._apart.pop()

    def handle_endtag(self, tag: str) -> None:
        if self._apart and self._apart[-1] == tag:
            self._apart.pop()
        elif tag == "head":
            self._is_in_head = False

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        self._is_untouched = False
        if self._apart:
            return
        if self.cdata_elem == "title":
            self.head.title = self.head.title or " ".join(unescape(data).split())[:LONGEST]
        elif self.cdata_elem is None:
            self._is_in_head = False

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _place_behind(self) -> None:
        """What is added to the head goes behind the tag that was just read."""
        if self._is_in_head and not self._has_charset:
            self.head.head_at = self._here() + len(self.get_starttag_text() or "")

    def _note_html(self, values: dict[str, str]) -> None:
        if not self.head.has_html:
            self.head.has_html = True
            self.head.html_at = self._here() + len("<html")
            self._place_behind()
        # A browser adds what a second tag says to the first.
        for name in ("lang", "dir"):
            if values.get(name):
                self.head.attributes.setdefault(name, values[name][:LONGEST])

    def _note_meta(self, values: dict[str, str]) -> None:
        if "charset" in values:
            self._place_behind()
            self._has_charset = self._is_in_head or self._has_charset
        content = values.get("content", "")[:LONGEST]
        for name in (values.get("name", ""), values.get("property", "")):
            if name and content:
                self.head.meta.setdefault(name.lower(), content)

    def _note_link(self, values: dict[str, str]) -> None:
        address = values.get("href", "")
        relations = values.get("rel", "").lower().split()
        if address in {"", "#", "data:,", "data:"}:
            if "icon" in relations:
                self.head.icon_at = self._here() + len(self.get_starttag_text() or "")
            return
        for relation in relations:
            self.head.links[relation] = address[:LONGEST]
