"""What the user sent beside words, as the stand-in's engineer shows it on the page."""

import re
from html import escape

_LINE = re.compile(r"^\[(picture|place|contact): (.*)\]$")
_MAP = re.compile(r"https://\S+$")
_ABOUT_A_CONTACT = re.compile(r"\b(?:contacts?|numbers?|phones?|calls?|reach|e-?mail)\b", re.I)


def places_and_contacts(words: str) -> str:
    """The places of a request, each with its map, and contacts where the words ask for one."""
    wanted = ("place", "contact") if _ABOUT_A_CONTACT.search(without_lines(words)) else ("place",)
    found = [one for line in words.splitlines() if (one := _LINE.match(line))]
    return "".join(f"\n    <p>{_shown(one)}</p>" for one in found if one[1] in wanted)


def as_html(words: str) -> str:
    """Words as they are, and what was sent with them as it looks."""
    parts = [
        _shown(found) if (found := _LINE.match(line)) else escape(line)
        for line in words.splitlines()
    ]
    return " ".join(parts)


def without_lines(words: str) -> str:
    """The words alone."""
    return "\n".join(line for line in words.splitlines() if not _LINE.match(line)).strip()


def _shown(found: re.Match[str]) -> str:
    kind, told = found.groups()
    if kind == "picture":
        return f'<img src="{escape(told)}" alt="A picture that you sent">'
    shown = _MAP.search(told)
    if kind == "contact" or shown is None:
        return escape(told)
    return f'{escape(told[: shown.start()].rstrip(", "))} <a href="{escape(shown[0])}">Map</a>'
