"""Pictures that were made to hurt whoever decodes them. To try another, add it to `HOSTILE`."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from tests.pictures import picture

GREYS, COLOURS, TRANSPARENT = 0, 2, 6  # a PNG's types of colour
_CHANNELS = {GREYS: 1, COLOURS: 3, TRANSPARENT: 4}


def png_of_nothing(width: int, height: int, colour: int = COLOURS) -> bytes:
    """Nearly as small as a PNG of so many pixels can be."""
    rows = height * (1 + width * _CHANNELS[colour])
    return png(width, height, part(b"IDAT", _packed_zeros(rows)), colour=colour)


def _packed_zeros(count: int) -> bytes:
    """What `zlib.decompress` makes that many zeros of: a million are packed, the rest repeated."""
    millions, rest = divmod(count, 1_000_000)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    ending = packer.compress(bytes(rest)) + packer.flush()
    checksum = (count % 65_521) << 16 | 1  # Adler-32 of zeros
    return b"\x78\xda" + million * millions + ending + struct.pack(">I", checksum)


def png(width: int, height: int, *parts: bytes, colour: int = COLOURS) -> bytes:
    """A PNG that declares this size, whatever its parts hold."""
    header = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(parts) + part(b"IEND", b"")


def part(name: bytes, content: bytes, *, length: int | None = None) -> bytes:
    """A part of a PNG; `length` is what it says of itself, if that is not the truth."""
    said = struct.pack(">I", len(content) if length is None else length)
    return said + name + content + struct.pack(">I", zlib.crc32(name + content))


def jpeg_declaring(width: int, height: int) -> bytes:
    """A small JPEG whose header says another size."""
    sound = picture("JPEG")
    at = sound.index(b"\xff\xc0") + 5
    return sound[:at] + struct.pack(">HH", height, width) + sound[at + 4 :]


def jpeg_with_two_sizes() -> bytes:
    """A JPEG whose second header says more than its first."""
    sound, large = picture("JPEG"), jpeg_declaring(65_000, 65_000)
    scan, frame = sound.index(b"\xff\xda"), large.index(b"\xff\xc0")
    length = 2 + int.from_bytes(large[frame + 2 : frame + 4])
    return sound[:scan] + large[frame : frame + length] + sound[scan:]


def jpeg_of_many_scans(side: int = 6_000, scans: int = 4_000) -> bytes:
    """A JPEG that is decoded again for each of its scans, thousands of times."""
    content = BytesIO()
    Image.new("L", (side, side)).save(content, "JPEG", progressive=True)
    sound = content.getvalue()
    last = sound.rindex(b"\xff\xda")
    return sound[:last] + sound[last:-2] * scans + sound[-2:]


def gif_declaring(width: int, height: int, *, frame: tuple[int, int] | None = None) -> bytes:
    """A small GIF whose screen, and whose frame, say another size."""
    sound = bytearray(picture("GIF"))
    sound[6:10] = struct.pack("<HH", width, height)
    if frame:
        at = sound.index(b"\x2c", 13 + 3 * (2 << (sound[10] & 7)))
        sound[at + 5 : at + 9] = struct.pack("<HH", *frame)
    return bytes(sound)


def webp_declaring(width: int, height: int, *, form: bytes = b"VP8X") -> bytes:
    """A small WebP whose header says another size."""
    body = picture("WEBP", lossless=form != b"VP8 ")[12:]
    if form == b"VP8X":
        sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + sizes + body
    elif form == b"VP8L":
        body = body[:9] + struct.pack("<I", (width - 1) | (height - 1) << 14) + body[13:]
    else:
        body = body[:14] + struct.pack("<HH", width, height) + body[18:]
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


NOTHING = png_of_nothing(7_000, 7_000)

# What is to be refused, by what it is.
HOSTILE: dict[str, bytes] = {
    "PNG of nothing": NOTHING,
    "PNG of nothing, with transparency": png_of_nothing(6_000, 6_000, TRANSPARENT),
    "PNG that declares more than it holds": png(5_000, 5_000, part(b"IDAT", zlib.compress(b"x"))),
    "PNG that declares everything": png(2**31 - 1, 2**31 - 1, part(b"IDAT", b"x" * 1_000)),
    "PNG without a width": png(0, 5_000, part(b"IDAT", b"x")),
    "PNG with a part longer than the file": png(64, 48, part(b"IDAT", b"x", length=2**31)),
    "PNG whose size comes twice": png(
        64, 48, part(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0)), NOTHING[33:]
    ),
    "PNG with a text that unpacks to a lot": png(
        64, 48, *[part(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000)))] * 2_000
    ),
    "JPEG that declares more than it holds": jpeg_declaring(7_000, 7_000),
    "JPEG that declares everything": jpeg_declaring(65_500, 65_500),
    "JPEG with two sizes": jpeg_with_two_sizes(),
    "JPEG without a size": b"\xff\xd8\xff\xda" + bytes(100),
    "JPEG that never comes to its size": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000,
    "GIF that declares more than it holds": gif_declaring(5_000, 5_000),
    "GIF that declares everything": gif_declaring(65_535, 65_535),
    "GIF with a frame larger than its screen": gif_declaring(8, 8, frame=(65_535, 65_535)),
    "WebP that declares everything": webp_declaring(16_383, 16_383),
    "WebP without losses that declares everything": webp_declaring(16_383, 16_383, form=b"VP8L"),
    "WebP with losses that declares everything": webp_declaring(16_383, 16_383, form=b"VP8 "),
    "WebP that is longer than its file": b"RIFF" + b"\xff" * 4 + picture("WEBP")[8:],
    "PDF": b"%PDF-1.7\n" + bytes(1_000),
    "zip": b"PK\3\4" + bytes(1_000),
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' width='99999' height='99999'/>",
    **{
        f"{form} that is cut off": picture(form, size=(300, 200))[:120]
        for form in ("PNG", "JPEG", "GIF", "WEBP")
    },
}
