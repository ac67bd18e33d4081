"""The process that reads one file: its bytes on standard input, what it is on standard output.

`python -m bot.attachments.reader picture` answers with the picture's content type and extension, a
line each, and its new bytes; `pdf` with its pages, their total, how many bytes what it says has,
that, and its new bytes; `office` and `text` with whether what follows is all that the file says,
and that, in UTF-8; `contact` with what it says. It exits with `REFUSED` where the file is not one
that can be taken, with `LOCKED` where that takes a password. Whatever a file does to a decoder, it
has this process's memory and processor time for it and no more. One is started for each file, so it
imports what reads that kind and nothing else.
"""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress

from bot.errors import AttachmentLocked, AttachmentRefused

MEMORY_LIMIT = 400_000_000  # bytes of addresses, Python's own included
PROCESSOR_LIMIT = 10  # seconds
REFUSED, LOCKED = 3, 4  # exit statuses


def _picture(content: bytes) -> bytes:
    from bot.attachments import pictures

    made = pictures.make_picture(content)
    return f"{made.content_type}\n{made.extension}\n".encode() + made.content


def _text(content: bytes) -> bytes:
    from bot.attachments import beginnings, texts

    text, is_whole = beginnings.beginning(texts.read_text(content))
    return f"{int(is_whole)}\n{text}".encode()


def _pdf(content: bytes) -> bytes:
    from bot.attachments import papers

    made = papers.make_paper(content)
    says = made.says.encode()
    return f"{made.pages}\n{made.total}\n{len(says)}\n".encode() + says + made.content


def _office(content: bytes) -> bytes:
    from bot.attachments import office

    text, is_whole = office.read_office(content)
    return f"{int(is_whole)}\n{text}".encode()


def _contact(content: bytes) -> bytes:
    from bot.attachments import texts

    return texts.read_contact(content).encode()


READERS: dict[str, Callable[[bytes], bytes]] = {
    "picture": _picture,
    "text": _text,
    "pdf": _pdf,
    "office": _office,
    "contact": _contact,
}


def main() -> None:
    """Read standard input to its end and answer."""
    _limit()
    try:
        answer = READERS[sys.argv[1]](sys.stdin.buffer.read())
    except AttachmentLocked:
        os._exit(LOCKED)
    except (AttachmentRefused, MemoryError):
        os._exit(REFUSED)  # without asking a heap that is full for anything more
    sys.stdout.buffer.write(answer)


def _limit() -> None:
    limits = (
        (resource.RLIMIT_AS, MEMORY_LIMIT),
        (resource.RLIMIT_CPU, PROCESSOR_LIMIT),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        with suppress(ValueError, OSError):  # macOS knows no limit of addresses
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
