"""Colours that users name, and what is readable on them."""

import re
from dataclasses import dataclass

_HEX = {
    "dark blue": "#1e3a8a",
    "dark green": "#14532d",
    "dark red": "#7f1d1d",
    "light blue": "#7dd3fc",
    "light green": "#86efac",
    "blue": "#2563eb",
    "navy": "#1e3a8a",
    "turquoise": "#0f766e",
    "teal": "#0f766e",
    "green": "#15803d",
    "lime": "#a3e635",
    "yellow": "#facc15",
    "gold": "#eab308",
    "orange": "#ea580c",
    "coral": "#fb7185",
    "red": "#dc2626",
    "pink": "#db2777",
    "magenta": "#c026d3",
    "purple": "#7e22ce",
    "violet": "#7c3aed",
    "indigo": "#4f46e5",
    "brown": "#78350f",
    "grey": "#4b5563",
    "gray": "#4b5563",
    "black": "#18181b",
}
NAMES = re.compile(rf"\b({'|'.join(_HEX)})\b", re.I)


@dataclass(frozen=True, kw_only=True)
class AccentColour:
    """An accent colour; both values are `#rrggbb`."""

    name: str
    hex: str

    @property
    def text_on_it(self) -> str:
        """Near-black or white, whichever contrasts more."""
        light = _luminance(self.hex)
        return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.06 else "#18181b"


def find_colours(words: str) -> list[AccentColour]:
    """The colours that are named, in order."""
    return [
        AccentColour(name=name, hex=_HEX[name]) for name in map(str.lower, NAMES.findall(words))
    ]


def colour_from_hex(value: str) -> AccentColour | None:
    """The colour that `#rrggbb` means, or None for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        return None
    return AccentColour(name=value.lower(), hex=value.lower())


def _luminance(value: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2)."""
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
