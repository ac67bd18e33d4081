"""`python -m bot.sandbox.speech`: the stand-in where the settings expect a transcription server."""

from urllib.parse import urlsplit

from bot.errors import ConfigurationError
from bot.sandbox.speech.recognizer import make_recognizer
from bot.sandbox.speech.server import serve
from bot.settings.loading import load_settings


def main() -> None:
    address = urlsplit(load_settings().transcription.base_url or "")
    if address.hostname is None or address.port is None:
        raise ConfigurationError("TRANSCRIPTION_BASE_URL must say where the stand-in is to listen.")
    serve(make_recognizer(), address.hostname, address.port)


if __name__ == "__main__":
    main()
