"""What a message brings beside its words, as the webhook's fields tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Fields = Mapping[str, Sequence[str]]
Kind = Literal["picture", "text", "pdf", "office", "contact", "voice", "video", "other"]

UNTOLD_MEDIA = "media"  # the type of a message of which only the number of its files is known

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


def body_is_name(message_type: str, files: Sequence[InboundFile]) -> bool:
    """Whether the body of a message is the name of its file rather than words about it."""
    if message_type == UNTOLD_MEDIA:
        return not any(file.kind in _CAPTIONED for file in files)
    return message_type == "document"


def place(fields: Fields) -> str | None:
    """The place that was shared, in words, or None."""
    latitude, longitude = _first(fields, "Latitude"), _first(fields, "Longitude")
    if not latitude or not longitude:
        return None
    named = [_first(fields, "Label"), _first(fields, "Address")]
    return ", ".join([*filter(None, named), f"{latitude}, {longitude}"])


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")
