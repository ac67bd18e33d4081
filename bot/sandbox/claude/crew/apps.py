"""The apps that the stand-in can build, filled in for one request."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from types import MappingProxyType

from bot.sandbox.claude.crew.app_request import AppRequest

SHOWN_LINES = 60  # of a paper
NO_PAPERS: Mapping[str, str] = MappingProxyType({})
PAGE, STYLES, SCRIPT, ICON = PATHS = ("index.html", "styles.css", "app.js", "icon.svg")

_APPS = files("bot.sandbox.claude") / "apps"


def render_app(
    wanted: AppRequest,
    pictures: Sequence[str] = (),
    papers: Mapping[str, str] = NO_PAPERS,
    *,
    sent: str = "",
) -> dict[str, str]:
    """The files of the wished app by path; what the user wrote is escaped.

    The pictures that they sent stand at the top of the page, behind them what their papers say and
    what else was `sent`, as HTML.
    """
    folder = _APPS / wanted.kind
    texts = {path: (folder / path).read_text("utf-8") for path in PATHS}
    texts[STYLES] = (_APPS / "base.css").read_text("utf-8") + "\n" + texts[STYLES]
    shown = "".join(f'\n    <img src="{path}" alt="A picture that you sent">' for path in pictures)
    shown += "".join(_list_of(path, text) for path, text in papers.items()) + sent
    texts[PAGE] = texts[PAGE].replace("<main>", f"<main>{shown}", 1)
    values = {
        "{{title}}": escape(wanted.title),
        "{{words}}": escape(wanted.words),
        "{{accent}}": wanted.accent.hex,
        "{{on_accent}}": wanted.accent.text_on_it,
        "{{theme}}": "dark" if wanted.is_dark else "auto",
    }
    return {path: _fill_in(text, values) for path, text in texts.items()}


def _list_of(path: str, text: str) -> str:
    """What a paper says, line by line, and the paper itself to open where it is a file."""
    lines = [line for line in text.splitlines() if line.strip()][:SHOWN_LINES]
    rows = "".join(f"\n      <li>{escape(line)}</li>" for line in lines)
    link = f'\n    <p><a href="{path}">Open it as a PDF</a></p>' if path.endswith(".pdf") else ""
    return f"\n    <ul>{rows}\n    </ul>{link}"


def _fill_in(text: str, values: dict[str, str]) -> str:
    """All placeholders in one pass, so that one inside a value stays as it is."""
    return re.sub(r"\{\{\w+\}\}", lambda found: values[found[0]], text)
