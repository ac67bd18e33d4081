"""The lines of a message that stand for what it brought, beside the words that its user wrote.

A picture, a paper, a text file, a place and a contact are a line each. What a file says stands in
none: it is material, not the user's words.
"""

import re
from collections.abc import Collection, Iterable

_MENTION = re.compile(r"^\[(?P<kind>picture|paper|file|place|contact): .*\]$", re.M)
_FILE = re.compile(r"^\[(?:picture|paper|file): .*\]$", re.M)
_NAMED_FILE = re.compile(r"^\[(?:picture|paper|file): (.*)\]\n?", re.M)

PICTURE, PAPER, PLACE, CONTACT, FILE = "picture", "paper", "place", "contact", "file"


def names_files(body: str) -> bool:
    """Whether files are mentioned that were kept."""
    return _FILE.search(body) is not None


def mentions(body: str) -> list[str]:
    """The lines, in order."""
    return [found[0] for found in _MENTION.finditer(body)]


def kinds_of(body: str) -> set[str]:
    """What is mentioned: pictures, papers, places, contacts, text files."""
    return {found["kind"] for found in _MENTION.finditer(body)}


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
