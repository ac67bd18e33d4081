"""Voice notes: how long they are, what is believed of a transcript, and what it costs."""

import json
import struct
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from bot.errors import VoiceTooLong
from bot.languages.locales import code_of
from bot.speech.recording import open_recording
from bot.speech.transcript import Transcript, TranscriptionAnswer
from telemetry.cost import price_of_sound
from tests.voice_notes import OPUS_RATE, RECORDED, ogg_opus

OPENAI, GROQ = "https://api.openai.com/v1", "https://api.groq.com/openai/v1"
UNFINISHED = b"OggS\0\0" + struct.pack("<q", -1)  # of a page on which no packet ends


def seconds_of(content: bytes) -> float | None:
    return open_recording(BytesIO(content), "audio/ogg").seconds


def transcript(text: str, **told: Any) -> Transcript:
    body = json.dumps({"text": text, **told})
    return TranscriptionAnswer.model_validate_json(body).transcript


def test_how_long_a_note_is_stands_on_its_last_page() -> None:
    assert seconds_of(RECORDED.read_bytes()) == pytest.approx(1.81, abs=0.05)
    assert seconds_of(ogg_opus(12.5, b"x", size=400_000)) == 12.5
    assert seconds_of(ogg_opus(12.5, b"x") + UNFINISHED * 50 + b"OggS\0") == 12.5


def test_vorbis_tells_its_own_rate() -> None:
    head = b"OggS..\x01vorbis" + struct.pack("<IBI", 0, 1, 8_000)
    assert seconds_of(head + b"OggS\0\0" + struct.pack("<q", 24_000)) == 3.0
    silent = head.replace(struct.pack("<I", 8_000), bytes(4))
    assert seconds_of(silent + b"OggS\0\0" + struct.pack("<q", 24_000)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"OggS",
        b"OpusHead",
        b"\x1a\x45\xdf\xa3webm",
        UNFINISHED * 9,
        b"OpusHead...." + UNFINISHED,
    ],
)
def test_what_does_not_tell_its_length_has_none(content: bytes) -> None:
    assert seconds_of(content) is None


@pytest.mark.parametrize("seconds", [300.1, 2**62 / OPUS_RATE])
def test_a_note_that_is_too_long_is_not_heard(seconds: float) -> None:
    with pytest.raises(VoiceTooLong):
        seconds_of(ogg_opus(seconds, b"x"))


@pytest.mark.parametrize(
    ("content_type", "name"),
    [("audio/mpeg", "voice.mp3"), ("audio/mp4", "voice.m4a"), ("audio/x-new", "voice.ogg")],
)
def test_servers_tell_the_container_by_the_name(content_type: str, name: str) -> None:
    assert open_recording(BytesIO(b"x"), content_type).name == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" Build me\n a todo app. ", "Build me a todo app."),
        ("मुझे एक ऐप चाहिए", "मुझे एक ऐप चाहिए"),
        ("7", "7"),
        ("mhm", "mhm"),
        ("(laughs) yes", "(laughs) yes"),
        ("a\x00b\x07", "a b"),
        ("[BLANK_AUDIO]", ""),
        ("*Musik* (Wind)", ""),
        ("♪ la la ♪", ""),
        ("Hm, ähm …", ""),
        ("...", ""),
        ("", ""),
    ],
)
def test_only_words_are_words(text: str, words: str) -> None:
    assert transcript(text).words == words


def segment(start: float, end: float, logprob: float, silence: float = 0.0) -> dict[str, float]:
    return {"start": start, "end": end, "avg_logprob": logprob, "no_speech_prob": silence}


@pytest.mark.parametrize(
    ("segments", "is_doubtful"),
    [
        ([segment(0, 4, -0.2)], False),
        ([segment(0, 4, -1.4)], True),
        ([segment(0, 9, -0.2), segment(9, 10, -3.0)], False),
        ([segment(0, 4, -0.3, 0.95)], True),
        ([segment(0, 4, -0.3, 0.95), segment(4, 9, -0.2, 0.1)], False),
        ([], False),
        ([{"start": 0, "end": 0}], False),
    ],
)
def test_a_guess_is_doubtful(segments: list[dict[str, float]], is_doubtful: bool) -> None:
    assert transcript("Thank you.", segments=segments).is_doubtful is is_doubtful


@pytest.mark.parametrize(
    ("logprobs", "is_doubtful"), [([-0.1, -0.4], False), ([-0.9, -1.6], True), ([], False)]
)
def test_a_guess_is_doubtful_by_its_tokens_too(logprobs: list[float], is_doubtful: bool) -> None:
    tokens = [{"token": "Thank", "logprob": one, "bytes": [84]} for one in logprobs]
    assert transcript("Thank you.", logprobs=tokens).is_doubtful is is_doubtful


@pytest.mark.parametrize(
    "told",
    [
        {"usage": {"input_token_details": None, "output_tokens": None, "seconds": 3.0}},
        {"usage": {"input_token_details": {"text_tokens": None, "audio_tokens": 9}}},
        {"segments": [{"start": None, "end": None, "avg_logprob": -0.1}]},
    ],
)
def test_what_a_server_says_not_to_know_makes_its_words_no_less_usable(
    told: dict[str, Any],
) -> None:
    heard = transcript("build me a counter", **told)

    assert (heard.words, heard.is_doubtful) == ("build me a counter", False)


def test_one_is_a_word_where_it_is_spoken() -> None:
    assert transcript("Um.", language="portuguese").words == "Um."
    assert transcript("Um.", language="english").words == ""


def test_a_price_is_known_or_unknown_and_never_nothing() -> None:
    assert price_of_sound("whisper-1", OPENAI, seconds=60) == Decimal("0.006")
    turbo = price_of_sound("whisper-large-v3-turbo", GROQ, seconds=3_600)
    assert turbo == Decimal("0.04")
    by_tokens = price_of_sound(
        "gpt-4o-transcribe", OPENAI, seconds=None, audio_tokens=90, text_tokens=10, output_tokens=20
    )
    assert by_tokens == Decimal("0.000765")
    assert price_of_sound("gpt-4o-transcribe", OPENAI, seconds=60) is None
    assert price_of_sound("whisper-1", OPENAI, seconds=None) is None
    assert price_of_sound("nobody-knows-it", OPENAI, seconds=60) is None
    assert price_of_sound("whisper-1", "http://127.0.0.1:8004", seconds=60) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("german", "de"),
        ("de", "de"),
        ("italian", "it"),
        ("hindi", "hi"),
        ("", None),
        ("klin", None),
    ],
)
def test_a_language_is_known_by_its_name(name: str, code: str | None) -> None:
    assert code_of(name) == code
