"""What a file that was sent is called in a project: as its sender calls it, where that is harmless.

The same name gets the same path, so what is sent again takes the place of what was there; another
name gets another path, so nothing else does. Where two of one name are sent together, the second
is marked.
"""

import re
from hashlib import sha256
from pathlib import PurePosixPath
from unicodedata import combining, normalize

PICTURES, TEXTS, PAPERS = "pictures", "files", "papers"  # the folders for them
LONGEST = 60  # characters of it that are kept
MARK = 8  # hexadecimal digits that tell names apart of which not all is kept

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def was_sent(path: str) -> bool:
    """Whether a project's file is where users' own files are put."""
    return path.partition("/")[0] in {PICTURES, TEXTS, PAPERS}


def path_of(folder: str, name: str, ending: str, content: bytes) -> str:
    """The path of a file that was sent by that name, and is kept as what `ending` says.

    A name is kept without accents, and with its own ending where that is another one. One of which
    letters cannot be kept has a mark behind it; so has what came without a name, by its content.
    """
    path = PurePosixPath(name)
    stem = path.stem if path.suffix.lower() == f".{ending}" else path.name
    latin = "".join(one for one in normalize("NFKD", stem) if not combining(one))
    safe = _UNSAFE.sub("-", latin).strip("-_")
    kept = safe[:LONGEST]
    is_whole = kept == safe and all(one.isascii() for one in latin if one.isalnum())
    if not (kept and is_whole):
        marked = sha256(stem.encode("utf-8", "replace") or content).hexdigest()[:MARK]
        kept = f"{kept or folder.removesuffix('s')}-{marked}"
    return f"{folder}/{kept}.{ending}"


def marked(path: str, content: bytes) -> str:
    """The path of one whose own is another file's, with a mark by its content."""
    plain = PurePosixPath(path)
    return str(plain.with_stem(f"{plain.stem}-{sha256(content).hexdigest()[:MARK]}"))
