"""Asks a transcription server, once: who calls asks again where that helps.

It is OpenAI's `POST /audio/transcriptions`: a multipart form with the file, read from disk piece by
piece. `verbose_json` is asked for because it tells how sure the server is of what it heard. Models
that take plain `json` alone tell it of each token, if they are asked; those that tell speakers
apart do not.
"""

import asyncio

import httpx2
from pydantic import ValidationError

from bot.errors import (
    TranscriptionMisconfigured,
    TranscriptLost,
    VoiceRefused,
    VoiceUnavailable,
)
from bot.settings.groups import TranscriptionSettings
from bot.speech.recording import Recording
from bot.speech.transcript import TranscriptionAnswer

TIMEOUT = httpx2.Timeout(80.0, connect=5.0)  # seconds
WHOLE_SECONDS = 90.0  # for all of it
ANSWER_LIMIT = 2_000_000  # bytes; the segments of the longest note take a tenth

# https://platform.openai.com/docs/api-reference/audio/createTranscription: these take json alone
_PLAIN_MODELS = ("-transcribe",)
_SURE_OF_NOTHING = "-diarize"

_OUR_FAULT = frozenset({401, 403, 404, 405})
_NO_SUCH_SOUND = frozenset({400, 413, 415, 422})


async def ask_server(
    settings: TranscriptionSettings, recording: Recording, *, language: str | None
) -> TranscriptionAnswer:
    """Have the recording transcribed; `language` is what is likely spoken, as ISO 639-1.

    Raises `VoiceRefused` for what the server cannot decode, `TranscriptionMisconfigured` where it
    does not take our key, model or address, `TranscriptLost` where the sound was sent and no
    answer that can be used came, and `VoiceUnavailable` when it cannot be had now.
    """
    form = {"model": settings.model, "response_format": "verbose_json"}
    if any(name in settings.model for name in _PLAIN_MODELS):
        form["response_format"] = "json"
        if _SURE_OF_NOTHING not in settings.model:
            form["include[]"] = "logprobs"
    if language is not None:
        form["language"] = language
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            body = await _post(settings, recording, form)
    except httpx2.ConnectError as error:
        raise VoiceUnavailable(f"no connection: {type(error).__name__}") from None
    except (TimeoutError, httpx2.HTTPError, OSError) as error:
        raise TranscriptLost(f"no answer: {type(error).__name__}") from None
    try:
        return TranscriptionAnswer.model_validate_json(body)
    except ValidationError as error:  # whose text has words of the answer
        raise TranscriptLost(f"not a transcription: {error.error_count()} faults") from None


async def _post(
    settings: TranscriptionSettings, recording: Recording, form: dict[str, str]
) -> bytes:
    key = settings.api_key
    headers = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
    recording.file.seek(0)
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=TIMEOUT, headers=headers) as client,
        client.stream(
            "POST",
            f"{settings.base_url}/audio/transcriptions",
            data=form,
            files={"file": (recording.name, recording.file, recording.content_type)},
        ) as response,
    ):
        _check_status(response.status_code)
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > ANSWER_LIMIT:
                raise TranscriptLost("the answer is too long")
        return bytes(body)


def _check_status(status: int) -> None:
    """Raise what any other status than 200 means; a server that refused has billed nothing."""
    if status in _OUR_FAULT:
        raise TranscriptionMisconfigured(f"the transcription server answers HTTP {status}")
    if status in _NO_SUCH_SOUND:
        raise VoiceRefused(f"the transcription server answers HTTP {status}")
    if status != 200:
        raise VoiceUnavailable(f"the transcription server answers HTTP {status}")
