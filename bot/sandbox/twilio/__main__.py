"""`python -m bot.sandbox.twilio`: the stand-in where the settings expect Twilio."""

from urllib.parse import urlsplit

from bot.errors import ConfigurationError
from bot.sandbox.twilio.link_previews import LinkPreviews
from bot.sandbox.twilio.server import serve
from bot.settings.development import HOME
from bot.settings.loading import load_settings


def main() -> None:
    settings = load_settings()
    address = urlsplit(settings.twilio.base_url or "")
    if address.hostname is None or address.port is None:
        raise ConfigurationError("TWILIO_BASE_URL must say where the stand-in is to listen.")
    HOME.mkdir(mode=0o700, exist_ok=True)
    serve(
        address.hostname,
        address.port,
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
        whatsapp_from=settings.twilio.whatsapp_from,
        webhook_url=f"{settings.web.public_base_url}/webhooks/whatsapp",
        state_file=HOME / "twilio.sqlite",
        previews=LinkPreviews(settings.web.public_base_url, settings.web.sites_base_url),
    )


if __name__ == "__main__":
    main()
