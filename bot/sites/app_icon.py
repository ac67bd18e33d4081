"""Draws an app's icon: its initial on its colour, always the same for the same app."""

import colorsys
import unicodedata
from functools import lru_cache
from hashlib import sha256
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SIZE = 512  # pixels of a side
_DARK, _SATURATED = 0.34, 0.55  # so that white stands out from every hue
_LETTER = 0.56  # of the icon's height
_NOWHERE = "\uffff"  # in no font


def colour_of(key: str) -> str:
    """The colour (`#rrggbb`) that belongs to an app with this key."""
    hue = int.from_bytes(sha256(key.encode()).digest()[:2]) / 2**16
    channels = colorsys.hls_to_rgb(hue, _DARK, _SATURATED)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def initial_of(title: str) -> str:
    """The first letter or digit, with the marks that belong to it; empty if there is none."""
    for at, character in enumerate(title):
        if character.isalnum():
            end = at + 1
            while end < len(title) and unicodedata.category(title[end]).startswith("M"):
                end += 1
            large = title[at:end].upper()
            return large if len(large) == end - at else title[at:end]
    return ""


def draw_svg(initial: str, colour: str) -> bytes:
    """The icon as a drawing, which the visitor's own fonts complete."""
    middle = SIZE // 2
    mark = (
        f'<text x="{middle}" y="{middle}" dy="0.36em" text-anchor="middle" fill="#fff"'
        f' font-family="system-ui, sans-serif" font-weight="600"'
        f' font-size="{round(SIZE * _LETTER)}">{escape(initial)}</text>'
        if initial
        else f'<circle cx="{middle}" cy="{middle}" r="{SIZE // 5}" fill="none" stroke="#fff"'
        f' stroke-width="{SIZE // 12}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{colour}"/>{mark}</svg>'
    ).encode()


@lru_cache(maxsize=64)
def draw_png(initial: str, colour: str) -> bytes:
    """The icon for home screens that show no SVG; a ring where our font lacks the letter."""
    from PIL import Image, ImageDraw, ImageFont  # here: only who asks for it waits for that

    image = Image.new("RGB", (SIZE, SIZE), colour)
    drawing = ImageDraw.Draw(image)
    middle = SIZE // 2
    font = ImageFont.load_default(SIZE * _LETTER)
    if not isinstance(font, ImageFont.ImageFont) and _can_write(font, initial):
        drawing.text((middle, middle), initial, fill="white", font=font, anchor="mm")
    else:
        reach = SIZE // 5 + SIZE // 24
        around = (middle - reach, middle - reach, middle + reach, middle + reach)
        drawing.ellipse(around, outline="white", width=SIZE // 12)
    packed = BytesIO()
    image.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _can_write(font: "FreeTypeFont", initial: str) -> bool:
    missing = bytes(font.getmask(_NOWHERE))
    return bool(initial) and all(bytes(font.getmask(part)) != missing for part in initial)
