"""Hears English with PocketSphinx, a recognizer so small that its wheel brings its model.

It knows the phrases of `phrases.gram` well. All else it takes down word by word, roughly, and says
how unsure it is of that. Sound of any kind is decoded by FFmpeg (PyAV).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from bot.errors import TextcrewError

if TYPE_CHECKING:
    from pocketsphinx import Decoder

RATE = 16_000  # samples a second, of 16 bits
LONGEST_SECONDS = 30.0
CLEAR_WORDS_PER_SECOND = 1.0  # a phrase of fewer leaves sounds over that it does not account for
LEAST_WORDS = 2 / 3  # of those that are heard without a grammar
KNOWN_PHRASE = -0.2  # its log probability, as one that is believed


class SoundRefused(TextcrewError):
    """The sound cannot be decoded, or is too long for a stand-in."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The words, and how sure they are: the mean of their log probabilities."""

    text: str
    seconds: float
    log_probability: float
    language: str = "english"


Recognizer = Callable[[bytes], Heard]
"""Hears the bytes of a recording. Raises `SoundRefused`."""


def is_installed() -> bool:
    """Whether the extra `voice` is there."""
    return all(find_spec(name) is not None for name in ("av", "pocketsphinx"))


def make_recognizer() -> Recognizer:
    """Load the model, which takes a few seconds; the recognizer hears one recording at a time."""
    from pocketsphinx import Decoder

    phrases = Decoder(samprate=RATE, lm=None, loglevel="FATAL")
    phrases.add_jsgf_string("phrases", (files(__package__) / "phrases.gram").read_bytes())
    phrases.activate_search("phrases")
    english = Decoder(samprate=RATE, loglevel="FATAL")
    return partial(_recognize, phrases, english, Lock())


def _recognize(phrases: "Decoder", english: "Decoder", turn: Lock, recording: bytes) -> Heard:
    samples = _decode(recording)
    seconds = len(samples) / 2 / RATE
    with turn:
        known = _hear(phrases, samples)
        if len(known.split()) >= CLEAR_WORDS_PER_SECOND * seconds:
            return Heard(text=known, seconds=seconds, log_probability=KNOWN_PHRASE)
        free = _hear(english, samples)
        sure = [math.log(max(word.prob, 1e-9)) for word in english.seg() or ()]
    if known and len(known.split()) >= LEAST_WORDS * len(free.split()):
        return Heard(text=known, seconds=seconds, log_probability=KNOWN_PHRASE)
    return Heard(text=free, seconds=seconds, log_probability=sum(sure) / max(1, len(sure)))


def _hear(decoder: "Decoder", samples: bytes) -> str:
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr if found else ""


def _decode(recording: bytes) -> bytes:
    """The recording as samples of one channel."""
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    samples = bytearray()
    try:
        with av.open(BytesIO(recording), "r") as container:
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    samples += bytes(piece.planes[0])[: piece.samples * 2]
                if len(samples) > LONGEST_SECONDS * RATE * 2:
                    raise SoundRefused(f"the stand-in hears {LONGEST_SECONDS:g} s at most")
    except (av.FFmpegError, IndexError) as error:
        raise SoundRefused(f"no sound: {type(error).__name__}") from None
    return bytes(samples)
