"""Reads a request for a change: the few that the stand-in can make, and a note for the rest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from bot.model.answers import ChangeSize
from bot.sandbox.claude.crew.app_request import shorten, tidy, wants_dark
from bot.sandbox.claude.crew.apps import PAGE, STYLES
from bot.sandbox.claude.crew.brought import as_html
from bot.sandbox.claude.crew.colours import NAMES, AccentColour, find_colours

_TITLE = re.compile(
    r"\b(?:(?:re)?name|call)\s+(?:it|this|(?:the|my)\s+\w+)\s+(?:to\s+)?(?P<a>.+)"
    r"|\b(?:title|name|heading|headline)\b.{0,40}?\b(?:to|be|as)\s+(?P<b>.+)",
    re.I | re.S,
)
_LIGHT = re.compile(r"\b(light|bright)(er)?\b", re.I)
_BEYOND_US = re.compile(
    r"\b(add|remove|delete|fix|show|hide|put|include|sort|move|allow|let|undo|bigger|smaller|"
    r"larger|font|button|picture|image|sound|broken|bug|doesn't|not work)",
    re.I,
)


_LARGE = re.compile(r"\b(?:new look|for everybody)\b", re.I)
_OF_LOOKS = re.compile(r"\b(?:bigger|smaller|larger|fonts?|letters|colou?rs?)\b", re.I)
_OF_BEHAVIOUR = re.compile(
    r"\b(?:add|remove|delete|fix|show|hide|put|include|sort|move|allow|let|undo|sound|broken|bug|"
    r"redesign|doesn't|not work)",
    re.I,
)


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One replacement in one file; `old` stands in it exactly once, `what` tells the user."""

    path: str
    old: str
    new: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a request asks for; `note` is the request itself when it is more than we can do."""

    accent: AccentColour | None
    theme: str | None
    title: str | None
    note: str | None

    def described(self) -> str:
        """What will be done, as the rest of a sentence that begins with "I'll"."""
        parts = []
        if self.accent:
            parts.append(f"make the accent colour {self.accent.name}")
        if self.theme:
            parts.append(f"make the page {self.theme}")
        if self.title:
            parts.append(f"change the title to “{self.title}”")
        if self.note:
            parts.append(
                "write your request on the page, because changing more takes the real Claude"
            )
        *before, last = parts
        return f"{', '.join(before)} and {last}" if before else last

    def edits(self, page: str, styles: str) -> list[Edit]:
        """The replacements for files that read so; what is not there once is left out."""
        return [*self._look(page, styles), *self._titles(page), *self._notes(page)]

    def _look(self, page: str, styles: str) -> Iterator[Edit]:
        if self.accent:
            new = f"--accent: {self.accent.hex}; --on-accent: {self.accent.text_on_it};"
            pattern = r"--accent: #[0-9a-f]{6}; --on-accent: #[0-9a-f]{6};"
            yield from _replace(STYLES, styles, pattern, new, f"the accent is {self.accent.name}")
        if self.theme:
            new = f'data-theme="{self.theme}"'
            yield from _replace(
                PAGE, page, r'data-theme="[a-z]*"', new, f"the page is {self.theme}"
            )

    def _titles(self, page: str) -> Iterator[Edit]:
        if self.title:
            title, what = escape(self.title), f"the title is “{self.title}”"
            for tag in ("title", "h1"):
                new = f"<{tag}>{title}</{tag}>"
                yield from _replace(PAGE, page, f"<{tag}>[^<]*</{tag}>", new, what)

    def _notes(self, page: str) -> Iterator[Edit]:
        if self.note:
            words = f'<p class="changed"><strong>What changed:</strong> {as_html(self.note)}</p>'
            new = f"    {words}\n  </footer>"
            yield from _replace(PAGE, page, r" *</footer>", new, "your request stands on the page")


def size_of(wanted: str) -> ChangeSize:
    """How much a request changes."""
    if _LARGE.search(wanted):
        return "large"
    changes = read_changes(wanted)
    is_look = changes.accent or changes.theme or _OF_LOOKS.search(wanted)
    is_more = changes.title or _OF_BEHAVIOUR.search(_without_theme(wanted))
    return "looks" if is_look and not is_more else "behaviour"


def read_changes(wanted: str) -> Changes:
    """Read a request for a change."""
    title, look = _split_title(wanted)
    colours = find_colours(look)
    theme = _theme(look)
    nothing = not (colours or theme or title)
    return Changes(
        accent=colours[-1] if colours else None,  # "from blue to green" means green
        theme=theme,
        title=title,
        note=wanted if nothing or _BEYOND_US.search(_without_theme(look)) else None,
    )


def _split_title(wanted: str) -> tuple[str | None, str]:
    """The new title, if one is asked for, and the rest of the request."""
    found = _TITLE.search(wanted)
    if found is None:
        return None, wanted
    given = found["a"] or found["b"]
    title = tidy(given)
    # "change the title to blue" is about its colour
    if not title or NAMES.fullmatch(title):
        return None, wanted
    return shorten(title), wanted[: found.start()] + given[given.index(title) + len(title) :]


def _theme(look: str) -> str | None:
    if wants_dark(look):
        return "dark"
    return "light" if _LIGHT.search(NAMES.sub("", look)) else None


def _without_theme(look: str) -> str:
    """ "Add a dark mode" is something that we can do."""
    return re.sub(r"\badd (a |the )?(dark|light)\b", "", look, flags=re.I)


def _replace(path: str, text: str, pattern: str, new: str, what: str) -> Iterator[Edit]:
    found = re.findall(pattern, text)
    if len(found) == 1 and text.count(found[0]) == 1 and found[0] != new:
        yield Edit(path=path, old=found[0], new=new, what=what)
