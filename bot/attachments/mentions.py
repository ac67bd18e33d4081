"""The lines of a message that stand for what it brought, beside the words that its user wrote.

A picture, a paper, a place and a contact are a line each. A text file is a line with all that it
says below it, so it counts as words, and stays where it is.
"""

import re
from collections.abc import Iterable

_MENTION = re.compile(r"^\[(picture|paper|place|contact): .*\]$", re.M)
_FILE = re.compile(r"^\[(?:picture|paper|file): .*\]$", re.M)

PICTURE, PAPER, PLACE, CONTACT = "picture", "paper", "place", "contact"


def names_files(body: str) -> bool:
    """Whether files are mentioned that were kept."""
    return _FILE.search(body) is not None


def mentions(body: str) -> list[str]:
    """The lines, in order."""
    return [found[0] for found in _MENTION.finditer(body)]


def kinds_of(body: str) -> set[str]:
    """What is mentioned: pictures, papers, places, contacts."""
    return set(_MENTION.findall(body))


def without_mentions(body: str) -> str:
    """The words alone; empty where there are none."""
    lines = _MENTION.sub("", body).splitlines()
    return "\n".join(line for line in lines if line.strip())


def merged(bodies: Iterable[str]) -> str:
    """Several messages as one: all words in order, and below them all that came, in order."""
    said = list(bodies)
    words = filter(None, map(without_mentions, said))
    return "\n".join([*words, *(line for body in said for line in mentions(body))])
