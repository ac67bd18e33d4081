"""A second of silence, to see whether a transcription server answers."""

import wave
from tempfile import TemporaryFile

from bot.settings.groups import TranscriptionSettings
from bot.speech.client import ask_server
from bot.speech.recording import open_recording

RATE = 16_000  # samples a second, of 16 bits


async def hear_silence(settings: TranscriptionSettings) -> None:
    """Have it transcribed, whatever is heard in it. Raises what `ask_server` raises."""
    with TemporaryFile() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(bytes(2 * RATE))
        await ask_server(settings, open_recording(file, "audio/wav"), language=None)
