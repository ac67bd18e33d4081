"""Text documents and contacts, as what they say."""

import codecs
import re

from bot.errors import AttachmentRefused

FETCHED_LIMIT = 200_000  # bytes
ENOUGH_TO_GUESS = 200  # bytes; with less, any encoding looks likely
TOLD_LIMIT = 4_000  # characters of a contact, which stand in the message itself

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # as Windows begins what it calls Unicode
_FOLD = re.compile(r"\r?\n[ \t]")  # a long line goes on in the next one (RFC 6350, 3.2)
_CONTACT_LINES = ("FN", "ORG", "TITLE", "TEL", "EMAIL", "URL", "ADR", "NOTE", "BDAY")


def read_text(content: bytes) -> str:
    """The text, whatever its encoding. Raises `AttachmentRefused` if it is none."""
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        if len(content) < ENOUGH_TO_GUESS:
            text = content.decode("cp1252", errors="replace")
        else:
            from charset_normalizer import from_bytes  # most texts are UTF-8

            text = str(from_bytes(content).best() or "\0")
    if "\0" in text:
        raise AttachmentRefused("the file is not a text")
    return text


def read_contact(content: bytes) -> str:
    """What a shared contact says: names, numbers, addresses; no picture, no keys.

    At most `TOLD_LIMIT` characters. Raises `AttachmentRefused` if it is no text.
    """
    lines = _FOLD.sub("", read_text(content)).splitlines()
    told = []
    for line in lines:
        name, _, value = line.partition(":")
        field = name.partition(";")[0].rpartition(".")[2].upper()
        if field in _CONTACT_LINES and value.strip():
            told.append(value.replace("\\,", ",").replace(";", " ").strip())
    return ", ".join(told)[:TOLD_LIMIT]
