"""The small files that a step gives to an app, made here, so that nothing lies about for them."""

import struct
import zlib
from functools import cache

from playwright.async_api import FilePayload

from bot.checks.steps import FileKind

_WIDTH, _HEIGHT = 96, 64  # pixels
_RED = b"\xd0\x20\x20"


@cache
def picked_file(kind: FileKind) -> FilePayload:
    """A file of that kind, as `PickFile` describes it."""
    match kind:
        case "picture":
            return {"name": "photo.png", "mimeType": "image/png", "buffer": _picture()}
        case "text":
            text = b"First line\nSecond line\n"
            return {"name": "notes.txt", "mimeType": "text/plain", "buffer": text}
        case "csv":
            table = b"name,amount\nAna,12\nBen,30\n"
            return {"name": "table.csv", "mimeType": "text/csv", "buffer": table}


def _picture() -> bytes:
    """A PNG of one colour."""
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)  # 8 bits, red green blue
    rows = (b"\x00" + _RED * _WIDTH) * _HEIGHT  # each begins with its filter: none
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
