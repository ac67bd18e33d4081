"""What a picture's first bytes say of it, and whether the file is long enough for that to be true.

Read before anything is decoded: a decoder takes the memory that the header asks for, and the header
is only a text that somebody wrote. Each kind of picture can say so many pixels with one byte and no
more, so a short file that declares many is not what it claims to be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.errors import AttachmentRefused

Kind = Literal["JPEG", "PNG", "WEBP", "GIF"]

# A JPEG is scaled while it is decoded, the others are unpacked whole.
MOST_PIXELS: dict[Kind, int] = {
    "JPEG": 50_000_000,
    "PNG": 25_000_000,
    "GIF": 25_000_000,
    "WEBP": 16_000_000,  # its decoder keeps several copies
}

# A deflated block repeats at most 258 bytes in two bits.
_BYTES_PER_PACKED_BYTE = 1032
# A JPEG needs a bit for a block of 8 by 8; a GIF's code has 12 bits, for 4,095 pixels at most.
_JPEG_PIXELS_PER_BYTE = 512
_GIF_PIXELS_PER_BYTE = 2731

_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of colour
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SCAN, _FILL = 0xDA, 0xFF


@dataclass(frozen=True, kw_only=True)
class ImageHeader:
    """What a header says: the kind, width and height in pixels, what that needs in bytes at least.

    `held` are the bytes that the file has for it.
    """

    kind: Kind
    width: int
    height: int
    needed: int
    held: int


def check_declared(content: bytes) -> Kind:
    """The kind of picture that the file is.

    Raises `AttachmentRefused` if it is none of the four, has no or too many pixels, or is too short
    for the pixels that it declares.
    """
    declared = _read(content)
    pixels = declared.width * declared.height
    if not pixels:
        raise AttachmentRefused("the picture has no pixels")
    if pixels > MOST_PIXELS[declared.kind]:
        raise AttachmentRefused("the picture has too many pixels")
    if declared.held < declared.needed:
        raise AttachmentRefused("the picture declares more than it holds")
    return declared.kind


def _read(content: bytes) -> ImageHeader:
    for beginning, reader in _READERS:
        if content.startswith(beginning):
            try:
                return reader(content)
            except IndexError:
                raise AttachmentRefused("the picture is cut off") from None
    raise AttachmentRefused("the file is no picture of a kind that is taken")


def _png(content: bytes) -> ImageHeader:
    width, height = _number(content, 16, 4), _number(content, 20, 4)
    bits = content[24] * _PNG_CHANNELS.get(content[25], 1)
    unpacked = height * (1 + (width * bits + 7) // 8)
    position, held = 8, 0
    while position + 8 <= len(content):
        length = _number(content, position, 4)
        if position + 8 + length > len(content):
            raise AttachmentRefused("a part of the picture is longer than the file")
        held += length if content[position + 4 : position + 8] == b"IDAT" else 0
        position += 12 + length
    needed = unpacked // _BYTES_PER_PACKED_BYTE
    return ImageHeader(kind="PNG", width=width, height=height, needed=needed, held=held)


def _jpeg(content: bytes) -> ImageHeader:
    position = 2
    while True:
        while content[position] != _FILL:
            position += 1
        while content[position] == _FILL:
            position += 1
        marker = content[position]
        position += 1
        if marker in _JPEG_FRAMES:
            break
        if marker == _SCAN:
            raise AttachmentRefused("the picture does not say how large it is")
        position += 0 if marker in _JPEG_BARE else _number(content, position, 2)
    height, width = _number(content, position + 3, 2), _number(content, position + 5, 2)
    needed = width * height // _JPEG_PIXELS_PER_BYTE
    held = len(content) - position
    return ImageHeader(kind="JPEG", width=width, height=height, needed=needed, held=held)


def _gif(content: bytes) -> ImageHeader:
    width, height = _number(content, 6, 2, "little"), _number(content, 8, 2, "little")
    needed = width * height // _GIF_PIXELS_PER_BYTE
    return ImageHeader(kind="GIF", width=width, height=height, needed=needed, held=len(content))


def _webp(content: bytes) -> ImageHeader:
    """Of a picture of one colour it needs next to nothing, so only its own lengths are compared."""
    if content[8:12] != b"WEBP":
        raise AttachmentRefused("the file is no picture of a kind that is taken")
    form, body = content[12:16], 20
    if form == b"VP8X":
        width, height = (1 + _number(content, body + at, 3, "little") for at in (4, 7))
    elif form == b"VP8L":
        sizes = _number(content, body + 1, 4, "little")
        width, height = 1 + (sizes & 0x3FFF), 1 + (sizes >> 14 & 0x3FFF)
    elif form == b"VP8 ":
        width, height = (_number(content, body + at, 2, "little") & 0x3FFF for at in (6, 8))
    else:
        raise AttachmentRefused("the picture does not say how large it is")
    needed = 8 + _number(content, 4, 4, "little")
    return ImageHeader(kind="WEBP", width=width, height=height, needed=needed, held=len(content))


def _number(
    content: bytes, position: int, length: int, order: Literal["big", "little"] = "big"
) -> int:
    part = content[position : position + length]
    if len(part) < length:
        raise IndexError
    return int.from_bytes(part, order)


_READERS: tuple[tuple[bytes, Callable[[bytes], ImageHeader]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"RIFF", _webp),
)
