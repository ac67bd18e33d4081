"""Leaves out the characters that can neither be stored nor sent.

PostgreSQL's text holds neither NUL nor half a surrogate pair, and no phone shows a control
character. U+FFFD is what such a character has become where it was stored before.
"""

import re

_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?")


def sendable(text: str) -> str:
    """The text without characters that cannot be stored or sent; lines end with a line feed."""
    return _UNSENDABLE.sub("", _LINE_END.sub("\n", text))
