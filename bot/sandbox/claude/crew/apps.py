"""The apps that the stand-in can build, filled in for one request."""

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from bot.sandbox.claude.crew.app_request import AppRequest

PATHS = ("index.html", "styles.css", "app.js", "icon.svg")

_APPS = files("bot.sandbox.claude") / "apps"


def render_app(
    wanted: AppRequest, pictures: Sequence[str] = (), *, sent: str = ""
) -> dict[str, str]:
    """The files of the wished app by path; what the user wrote is escaped.

    The pictures that they sent stand at the top of the page, and what else was `sent`, as HTML.
    """
    folder = _APPS / wanted.kind
    texts = {path: (folder / path).read_text("utf-8") for path in PATHS}
    texts["styles.css"] = (_APPS / "base.css").read_text("utf-8") + "\n" + texts["styles.css"]
    shown = "".join(f'\n    <img src="{path}" alt="A picture that you sent">' for path in pictures)
    texts["index.html"] = texts["index.html"].replace("<main>", f"<main>{shown}{sent}", 1)
    values = {
        "{{title}}": escape(wanted.title),
        "{{words}}": escape(wanted.words),
        "{{accent}}": wanted.accent.hex,
        "{{on_accent}}": wanted.accent.text_on_it,
        "{{theme}}": "dark" if wanted.is_dark else "auto",
    }
    return {path: _fill_in(text, values) for path, text in texts.items()}


def _fill_in(text: str, values: dict[str, str]) -> str:
    """All placeholders in one pass, so that one inside a value stays as it is."""
    return re.sub(r"\{\{\w+\}\}", lambda found: values[found[0]], text)
