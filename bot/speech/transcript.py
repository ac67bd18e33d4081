"""What a transcription server answers, and how far it can be believed.

With `verbose_json` Whisper's servers tell how sure they are of each segment, and later models of
each token. The bounds are those of Whisper itself and a little more: it hears words in silence and
noise too.
"""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.markup.shortening import one_line

LONGEST = 8_000  # characters; more than anybody says in the time that is listened to
UNSURE = -1.0  # the mean log probability of words that are guesses
SILENT = 0.8  # the probability that a segment holds no speech, from which on it is believed

_UNSPOKEN = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫].*?(?:[♪♫]|$)")  # [music], (laughs)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HESITATION = frozenset(
    {"ah", "äh", "ähm", "eh", "er", "erm", "euh", "hm", "hmm", "uh", "uhm", "um"}
)
_UM_IS_ONE = ("pt", "portuguese")  # which is an answer


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was heard: no `words` where nothing was, `is_doubtful` where they may be wrong.

    `language` is the one that was spoken, as the server names it, empty if it does not.
    """

    words: str
    is_doubtful: bool
    language: str

    @property
    def status(self) -> str:
        """In a word, for telemetry."""
        if not self.words:
            return "empty"
        return "doubtful" if self.is_doubtful else "clear"


class _Answered(BaseModel):
    """A part of an answer. What a server does not know it leaves out, or says to be null."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}


class _Segment(_Answered):
    start: float = 0.0
    end: float = 0.0
    avg_logprob: float | None = None
    no_speech_prob: float | None = None

    @property
    def weight(self) -> float:
        return max(self.end - self.start, 0.01)


class _Token(_Answered):
    logprob: float


class _TokenDetails(_Answered):
    text_tokens: int = 0
    audio_tokens: int = 0


class _Usage(_Answered):
    input_token_details: _TokenDetails = _TokenDetails()
    output_tokens: int = 0
    seconds: float | None = None


class TranscriptionAnswer(_Answered):
    """The body of an answer, of either format; what is not used is left out."""

    text: str
    language: str | None = None
    duration: float | None = Field(default=None, ge=0)
    segments: list[_Segment] | None = None
    logprobs: list[_Token] | None = None
    usage: _Usage | None = None

    @property
    def seconds(self) -> float | None:
        """How long the sound was that the server heard, if it tells."""
        counted = self.usage.seconds if self.usage else None
        return counted if self.duration is None else self.duration

    @property
    def transcript(self) -> Transcript:
        """What was heard, in one line."""
        words = one_line(_CONTROLS.sub(" ", self.text))[:LONGEST]
        language = (self.language or "").strip().lower()
        return Transcript(
            words=words if _says_something(words, language) else "",
            is_doubtful=self._is_doubtful,
            language=language,
        )

    @property
    def _is_doubtful(self) -> bool:
        segments = self.segments or []
        silences = [s.no_speech_prob for s in segments if s.no_speech_prob is not None]
        if silences and min(silences) > SILENT:
            return True
        rated = [(s.avg_logprob, s.weight) for s in segments if s.avg_logprob is not None]
        rated += [(token.logprob, 1.0) for token in self.logprobs or []]
        length = sum(weight for _, weight in rated)
        return bool(rated) and sum(sure * weight for sure, weight in rated) / length < UNSURE


def _says_something(words: str, language: str) -> bool:
    """Whether there is more to it than descriptions of sounds, and hesitation."""
    spoken = re.findall(r"\w+", _UNSPOKEN.sub(" ", words).lower())
    hesitation = _HESITATION - {"um"} if language in _UM_IS_ONE else _HESITATION
    return not all(word in hesitation for word in spoken)
