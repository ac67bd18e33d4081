"""What a message brings beside its words, as the webhook's fields tell it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?")

Fields = Mapping[str, Sequence[str]]
Kind = Literal["picture", "text", "pdf", "office", "contact", "voice", "video", "other"]

UNTOLD_MEDIA = "media"  # the type of a message of which only the number of its files is known
# The types of messages that bring something to work with.
NAMED = frozenset({"document"})  # those whose body is the name of their file
MATERIAL = frozenset({"image", "audio", "video", "document", "location", "contacts", UNTOLD_MEDIA})
MAP = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"

MOST = 10  # files in one message, which is Twilio's own limit

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
TEXTS = frozenset(
    {
        "text/plain",
        "text/csv",
        "text/markdown",
        "text/html",
        "text/css",
        "text/xml",
        "application/json",
        "application/xml",
    }
)
PDFS = frozenset({"application/pdf", "application/x-pdf"})
OFFICE_FILES = frozenset(
    f"application/vnd.openxmlformats-officedocument.{kind}"
    for kind in (
        "wordprocessingml.document",
        "spreadsheetml.sheet",
        "presentationml.presentation",
    )
)
CONTACTS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})


@dataclass(frozen=True, kw_only=True)
class InboundFile:
    """A file at Twilio. `number` is its place in the message, from 0."""

    number: int
    url: str
    content_type: str

    @property
    def kind(self) -> Kind:
        """What can be done with it, as far as its sender's word goes."""
        for kind, types in _KINDS:
            if self.content_type in types:
                return kind
        family = self.content_type.partition("/")[0]
        return _FAMILIES.get(family, "other")


_KINDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("picture", PICTURES),
    ("text", TEXTS),
    ("pdf", PDFS),
    ("office", OFFICE_FILES),
    ("contact", CONTACTS),
)
_CAPTIONED: frozenset[Kind] = frozenset({"picture", "video"})
_FAMILIES: dict[str, Kind] = {"audio": "voice", "video": "video"}


def brought_files(fields: Fields) -> list[InboundFile]:
    """The files of a message, in order."""
    count = _first(fields, "NumMedia")
    return [
        InboundFile(
            number=number,
            url=_first(fields, f"MediaUrl{number}"),
            content_type=_first(fields, f"MediaContentType{number}").partition(";")[0].strip(),
        )
        for number in range(min(int(count) if count.isdecimal() else 0, MOST))
        if fields.get(f"MediaUrl{number}")
    ]


def has_unnamed_files(fields: Fields) -> bool:
    """Whether it has files that only Twilio's own list tells of, as after an outage of ours."""
    return _first(fields, "NumMedia") not in {"", "0"} and not fields.get("MediaUrl0")


def is_sticker(message_type: str, file: InboundFile) -> bool:
    """Whether a file of a message of which only Twilio's list tells is a sticker.

    WebP is what stickers are; photos come as JPEG or PNG.
    """
    return message_type == UNTOLD_MEDIA and file.content_type == "image/webp"


def body_is_name(message_type: str, files: Sequence[InboundFile]) -> bool:
    """Whether the body of a message is the name of its file rather than words about it."""
    if message_type == UNTOLD_MEDIA:
        return not any(file.kind in _CAPTIONED for file in files)
    return message_type in NAMED


def place(fields: Fields) -> str | None:
    """The place that was shared, or None: name, address, degrees, and where a map shows it."""
    latitude, longitude = _degrees(fields, "Latitude"), _degrees(fields, "Longitude")
    if latitude is None or longitude is None:
        return None
    named = [" ".join(_first(fields, name).split()) for name in ("Label", "Address")]
    shown = MAP.format(latitude=latitude, longitude=longitude)
    return ", ".join([*filter(None, named), f"{latitude}, {longitude}", shown])


def _degrees(fields: Fields, name: str) -> str | None:
    told = _first(fields, name).strip()
    return told if _DEGREES.fullmatch(told) else None


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")
