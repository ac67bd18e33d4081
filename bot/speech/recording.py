"""A voice note as it was fetched: what it is called, and how long it lasts.

WhatsApp records Opus in an Ogg container, which tells its length on its last page (RFC 3533, RFC
7845). Of other containers the length is not known before a server has heard them.
"""

import os
import re
from dataclasses import dataclass
from typing import IO

from bot.errors import VoiceTooLong

LONGEST_SECONDS = 300.0
FETCHED_LIMIT = 16 * 2**20  # bytes; no medium that WhatsApp takes is larger

# What files are called: servers tell the container by it.
_EXTENSIONS = {
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
}
_OPUS_RATE = 48_000  # samples a second, at whichever rate it was recorded
_LARGEST_PAGE = 27 + 255 + 255 * 255  # bytes
_LAST_PAGE = re.compile(rb".*OggS\0.(?P<granule>.{8})", re.S)
_NO_GRANULE = -1  # of a page on which no packet ends
_HEAD = re.compile(rb"(?:OpusHead.{2}(?P<skip>.{2})|\x01vorbis.{5}(?P<rate>.{4}))", re.S)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A voice note in a file; `seconds` is None where its container does not tell."""

    file: IO[bytes]
    content_type: str
    size: int  # bytes
    seconds: float | None

    @property
    def name(self) -> str:
        """A name that tells servers the container."""
        return f"voice.{_EXTENSIONS.get(self.content_type, 'ogg')}"


def open_recording(file: IO[bytes], content_type: str) -> Recording:
    """The voice note in the file. Raises `VoiceTooLong`."""
    size = file.seek(0, os.SEEK_END)
    seconds = _ogg_seconds(file, size)
    check_length(seconds)
    return Recording(file=file, content_type=content_type, size=size, seconds=seconds)


def check_length(seconds: float | None) -> None:
    """Raise `VoiceTooLong` if it is known to last longer than is listened to."""
    if seconds is not None and seconds > LONGEST_SECONDS:
        raise VoiceTooLong(f"it lasts {seconds:.0f} s")


def _ogg_seconds(file: IO[bytes], size: int) -> float | None:
    """How long an Ogg file lasts by its own word; None for what is none or does not tell."""
    file.seek(0)
    head = _HEAD.search(file.read(_LARGEST_PAGE))
    if head is None:
        return None
    file.seek(max(0, size - _LARGEST_PAGE))
    tail = file.read(_LARGEST_PAGE)
    while (last := _LAST_PAGE.match(tail)) is not None:
        granule = int.from_bytes(last["granule"], "little", signed=True)
        if granule != _NO_GRANULE:
            return _seconds(granule, head)
        tail = tail[: last.start("granule")]
    return None


def _seconds(granule: int, head: re.Match[bytes]) -> float | None:
    """The samples up to the end of the last page, of which Opus skips some at the beginning."""
    if head["skip"] is not None:
        skip = int.from_bytes(head["skip"], "little")
        return max(0, granule - skip) / _OPUS_RATE
    rate = int.from_bytes(head["rate"], "little")
    return max(0, granule) / rate if rate else None
