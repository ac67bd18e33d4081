"""What cameras and programs write into a JPEG beside its pixels: where it was taken, and by whom.

The parts of the file are followed by what they say of their own lengths; nothing is decoded.
"""

import re

_BEGINNING = b"\xff\xd8"
_END, _SCAN = 0xD9, 0xDA
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_COMMENT = 0xFE
_APPLICATION = range(0xE0, 0xF0)
# What tells how the pixels are meant.
_NEEDED = {0xE0: b"JFIF", 0xE2: b"ICC_PROFILE", 0xEE: b"Adobe"}
_NEXT_MARKER = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")


def without_camera_notes(jpeg: bytes) -> bytes:
    """The picture alone, without further ones behind it; what is no JPEG stays as it is.

    So does what follows where one is damaged.
    """
    if not jpeg.startswith(_BEGINNING):
        return jpeg
    kept = bytearray(_BEGINNING)
    at = len(_BEGINNING)
    while at + 1 < len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == _END:
            return bytes(kept + jpeg[at : at + 2])
        end = _end_of(jpeg, at, marker)
        if not _is_beside(jpeg, at, marker):
            kept += jpeg[at:end]
        at = end
    return bytes(kept + jpeg[at:])


def _end_of(jpeg: bytes, at: int, marker: int) -> int:
    """Where the part ends that begins with a marker."""
    if marker == 0xFF:
        return at + 1  # so many may stand before a marker as one likes
    if marker in _BARE:
        return at + 2
    end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    if marker != _SCAN:
        return end
    following = _NEXT_MARKER.search(jpeg, end)
    return following.start() if following else len(jpeg)


def _is_beside(jpeg: bytes, at: int, marker: int) -> bool:
    if marker in _APPLICATION:
        needed = _NEEDED.get(marker)
        return needed is None or not jpeg.startswith(needed, at + 4)
    return marker == _COMMENT
