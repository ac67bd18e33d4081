"""What an agent said last, in a line."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from bot.markup.shortening import one_line, shorten

LONGEST = 240  # characters; the page cuts what does not fit


@lru_cache(maxsize=256)
def last_words(answer: str | None) -> str:
    """The text of an answer; of one that is a form, the longest thing that it says."""
    blocks = json.loads(answer) if answer else []
    text = " ".join(block["text"] for block in blocks if block.get("type") == "text").strip()
    return shorten(one_line(_said(text)), LONGEST)


def _said(text: str) -> str:
    try:
        form = json.loads(text)
    except ValueError:
        return text
    if not isinstance(form, Mapping):
        return text
    return max(_sentences(form), key=len, default="")


def _sentences(form: Mapping[str, Any]) -> list[str]:
    said = [value for value in form.values() if isinstance(value, str) and " " in value]
    return said or [item for value in form.values() for item in _texts_of(value)]


def _texts_of(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return _sentences(value)
    if isinstance(value, list):
        return [text for item in value for text in _texts_of(item)]
    return [value] if isinstance(value, str) and " " in value else []
