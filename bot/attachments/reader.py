"""The process that reads one file: its bytes on standard input, what it is on standard output.

`python -m bot.attachments.reader picture` answers with the picture's content type and extension, a
line each, and its new bytes; `text` and `contact` with what the file says, in UTF-8. It exits with
`REFUSED` where the file is not one that can be taken. Whatever a file does to a decoder, it has
this process's memory and processor time for it and no more.
"""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress

from bot.attachments import pictures, texts
from bot.errors import AttachmentRefused

MEMORY_LIMIT = 400_000_000  # bytes of addresses, Python's own included
PROCESSOR_LIMIT = 10  # seconds
REFUSED = 3  # exit status


def _picture(content: bytes) -> bytes:
    made = pictures.make_picture(content)
    return f"{made.content_type}\n{made.extension}\n".encode() + made.content


def _text(content: bytes) -> bytes:
    return texts.read_text(content).encode()


def _contact(content: bytes) -> bytes:
    return texts.read_contact(content).encode()


READERS: dict[str, Callable[[bytes], bytes]] = {
    "picture": _picture,
    "text": _text,
    "contact": _contact,
}


def main() -> None:
    """Read standard input to its end and answer."""
    _limit()
    try:
        answer = READERS[sys.argv[1]](sys.stdin.buffer.read())
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
