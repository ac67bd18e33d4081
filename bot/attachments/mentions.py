"""The lines of a message that stand for what it brought, beside the words that its user wrote.

A picture, a paper, a place and a contact are a line each. A text file is a line with all that it
says below it, up to the next such line: they are not the user's words.
"""

import re
from collections.abc import Collection, Iterable

_LINE = r"\[(?P<kind>picture|paper|place|contact): .*\]$"
_TEXT = r"\[(?P<file>file): .*\]$(?:\n(?!\[(?:picture|paper|place|contact|file): .*\]$).*)*"
_MENTION = re.compile(f"^(?:{_LINE}|{_TEXT})", re.M)
_FILE = re.compile(r"^\[(?:picture|paper|file): .*\]$", re.M)
_NAMED_FILE = re.compile(r"^\[(?:picture|paper|file): (.*)\]\n?", re.M)

PICTURE, PAPER, PLACE, CONTACT, FILE = "picture", "paper", "place", "contact", "file"


def names_files(body: str) -> bool:
    """Whether files are mentioned that were kept."""
    return _FILE.search(body) is not None


def mentions(body: str) -> list[str]:
    """The lines, in order, a text file's with what it says."""
    return [found[0] for found in _MENTION.finditer(body)]


def kinds_of(body: str) -> set[str]:
    """What is mentioned: pictures, papers, places, contacts, text files."""
    return {found["kind"] or found["file"] for found in _MENTION.finditer(body)}


def without_mentions(body: str) -> str:
    """The words alone; empty where there are none."""
    lines = _MENTION.sub("", body).splitlines()
    return "\n".join(line for line in lines if line.strip())


def without_files(body: str, paths: Collection[str]) -> str:
    """The message without the lines that name these files."""
    return _NAMED_FILE.sub(lambda found: "" if found[1] in paths else found[0], body)


def merged(bodies: Iterable[str]) -> str:
    """Several messages as one: all words in order, and below them all that came, in order."""
    said = list(bodies)
    words = filter(None, map(without_mentions, said))
    return "\n".join([*words, *(line for body in said for line in mentions(body))])
