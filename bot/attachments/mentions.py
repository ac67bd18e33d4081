"""The lines of a message that stand for what it brought, beside the words that its user wrote.

A picture, a paper, a text file, a place and a contact are a line each. What a file says stands in
none: it is material, not the user's words. A file is named by its path in a project.
"""

import re
from collections.abc import Collection, Iterable

from bot.attachments.naming import PAPERS
from bot.sites.file_types import is_picture

PICTURE, PAPER, PLACE, CONTACT, FILE = "picture", "paper", "place", "contact", "file"

_MENTION = re.compile(r"^\[(?P<kind>picture|paper|file|place|contact): .*\]$", re.M)
_NAMED_FILE = re.compile(r"^\[(?:picture|paper|file): (.*)\]\n?", re.M)


def mention(kind: str, what: str) -> str:
    """The line for a place, a contact or a file."""
    return f"[{kind}: {what}]"


def _mention_of_file(path: str) -> str:
    """The line for the file of that path."""
    if path.startswith(f"{PAPERS}/"):
        return mention(PAPER, path)
    return mention(PICTURE if is_picture(path) else FILE, path)


def with_mentions(body: str, paths: Iterable[str]) -> str:
    """The message, and a line for each of the files that it does not name."""
    unnamed = [_mention_of_file(path) for path in paths if path not in body]
    return "\n".join([body, *unnamed])


def names_files(body: str) -> bool:
    """Whether files are mentioned that were kept."""
    return not kinds_of(body).isdisjoint({PICTURE, PAPER, FILE})


def mentions(body: str) -> list[str]:
    """The lines, in order."""
    return [found[0] for found in _MENTION.finditer(body)]


def paths_in(lines: Iterable[str]) -> list[str]:
    """The paths of the files that the lines stand for."""
    return [path for line in lines for path in _NAMED_FILE.findall(line)]


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
