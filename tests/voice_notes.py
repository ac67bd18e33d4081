"""Voice notes for tests: a file as WhatsApp makes them, and ears that know what is said in it."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event

from bot.sandbox.speech.recognizer import Heard, Recognizer, SoundRefused
from bot.sandbox.speech.server import FakeTranscriber

OPUS_RATE = 48_000
SKIPPED = 312  # samples at the beginning
RECORDED = Path(__file__).parent / "recordings" / "build-me-a-counter.ogg"  # by espeak-ng


def ogg_opus(seconds: float, packet: bytes, *, size: int = 0) -> bytes:
    """An Ogg file that says it lasts so long; `size` is how many bytes it has at least."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, SKIPPED, OPUS_RATE, 0, 0)
    last = round(seconds * OPUS_RATE) + SKIPPED
    return _page(0, head) + bytes(size) + _page(last, packet)


def _page(granule: int, packet: bytes) -> bytes:
    return b"OggS" + struct.pack("<BBqIIIBB", 0, 0, granule, 7, 0, 0, 1, len(packet)) + packet


@dataclass
class ScriptedEars:
    """Hears in each recording what a test says that is in it.

    While they are `held` they hear nothing, and the server does not answer; `listening` is set as
    soon as they were asked.
    """

    heard: dict[bytes, Heard] = field(default_factory=dict)
    others: Recognizer | None = None  # hears what no test has said
    listening: Event = field(default_factory=Event)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _free: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._free.set()

    def note(
        self,
        words: str,
        *,
        seconds: float = 2.0,
        sure: float = -0.2,
        language: str = "english",
        size: int = 0,
    ) -> bytes:
        """A recording in which these words are said."""
        recording = ogg_opus(seconds, f"{next(self._numbers)}".encode(), size=size)
        self.heard[recording] = Heard(
            text=words, seconds=seconds, log_probability=sure, language=language
        )
        return recording

    def __call__(self, recording: bytes) -> Heard:
        self.listening.set()
        self._free.wait()
        if recording in self.heard:
            return self.heard[recording]
        if self.others is None:
            raise SoundRefused
        return self.others(recording)

    @contextmanager
    def held(self) -> Iterator[None]:
        self.listening.clear()
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()


@contextmanager
def scripted_transcriber() -> Iterator[tuple[FakeTranscriber, ScriptedEars]]:
    """A transcription server that hears by script."""
    ears = ScriptedEars()
    with FakeTranscriber(ears, api_key="transcription-key") as server:
        yield server, ears


def settings_of(server: FakeTranscriber) -> dict[str, str]:
    """What leads to it, by variable."""
    return {
        "TRANSCRIPTION_BASE_URL": server.url,
        "TRANSCRIPTION_API_KEY": "transcription-key",
        "TRANSCRIPTION_USD_PER_MINUTE": "0.006",
    }
