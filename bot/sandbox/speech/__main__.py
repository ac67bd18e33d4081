"""`python -m bot.sandbox.speech`: the stand-in where the settings expect a transcription server."""

from bot.sandbox.running import listening_address
from bot.sandbox.speech.recognizer import make_recognizer
from bot.sandbox.speech.server import serve
from bot.settings.loading import load_settings


def main() -> None:
    base_url = load_settings().transcription.base_url
    host, port = listening_address("TRANSCRIPTION_BASE_URL", base_url)
    serve(make_recognizer(), host, port)


if __name__ == "__main__":
    main()
