"""`python -m bot.sandbox.claude`: the stand-in where the settings expect Anthropic."""

from bot.sandbox.claude.server import serve
from bot.sandbox.running import listening_address
from bot.settings.loading import load_settings


def main() -> None:
    settings = load_settings()
    host, port = listening_address("ANTHROPIC_BASE_URL", settings.model.base_url)
    serve(host, port, api_key=settings.model.api_key.get_secret_value())


if __name__ == "__main__":
    main()
