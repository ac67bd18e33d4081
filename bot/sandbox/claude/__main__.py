"""`python -m bot.sandbox.claude`: the stand-in where the settings expect Anthropic."""

from urllib.parse import urlsplit

from bot.errors import ConfigurationError
from bot.sandbox.claude.server import serve
from bot.settings.loading import load_settings


def main() -> None:
    settings = load_settings()
    address = urlsplit(settings.model.base_url or "")
    if address.hostname is None or address.port is None:
        raise ConfigurationError("ANTHROPIC_BASE_URL must say where the stand-in is to listen.")
    serve(
        address.hostname,
        address.port,
        api_key=settings.model.api_key.get_secret_value(),
    )


if __name__ == "__main__":
    main()
