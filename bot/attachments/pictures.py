"""Makes a picture one that can be shown to a model and published with an app.

It is decoded and written again: what is no picture fails here, whatever it calls itself, and what
phones add to photos (where and when they were taken) does not get onto a public page. This belongs
into a process that may be killed (`bot.attachments.reader`): decoders take what a file asks for.
"""

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from bot.attachments.image_header import MOST_PIXELS, Kind, check_declared
from bot.errors import AttachmentRefused

if TYPE_CHECKING:
    from PIL import Image

FETCHED_LIMIT = 5 * 2**20  # bytes; WhatsApp's own
LONGEST_SIDE = 1568  # pixels; models see no more
KEPT_LIMIT = 600_000  # bytes
QUALITY = 85

_WRITTEN: dict[Kind, tuple[str, str]] = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/gif", "gif"),
}
# What Pillow raises for files that are none of these, are cut off or have broken parts.
_DAMAGED = (
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of at most `LONGEST_SIDE` pixels and `KEPT_LIMIT` bytes, without metadata."""

    content: bytes
    content_type: str
    extension: str


def make_picture(content: bytes) -> Picture:
    """Read and rewrite a picture; takes a processor for up to a second.

    Raises `AttachmentRefused` if it is none, or far too large; `MemoryError` where memory is short.
    """
    from PIL import Image, ImageOps  # many messages bring no picture

    kind = check_declared(content)
    content_type, extension = _WRITTEN[kind]
    try:
        # What some phones call a JPEG is one with more pictures behind it.
        with Image.open(BytesIO(content), formats=[kind]) as image:
            if image.width * image.height > MOST_PIXELS[kind]:  # as the decoder reads it
                raise AttachmentRefused("the picture has too many pixels")
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            return Picture(
                content=_written(upright, kind), content_type=content_type, extension=extension
            )
    except (Image.DecompressionBombError, *_DAMAGED):
        raise AttachmentRefused("the file is no picture that can be read") from None


def _written(image: "Image.Image", kind: Kind) -> bytes:
    """The picture as small as it has to be."""
    side = LONGEST_SIDE
    if image.has_transparency_data:
        image = image.convert("RGBA")  # else it may be told beside the pixels, and lost with that
    while True:
        smaller = image.copy()
        smaller.thumbnail((side, side))
        smaller.info = {}  # comments, profiles, text chunks
        content = BytesIO()
        smaller.save(content, kind, quality=QUALITY, optimize=True)
        if content.tell() <= KEPT_LIMIT:
            return content.getvalue()
        side = side * 3 // 4
