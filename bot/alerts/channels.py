"""The channels by which operators are told of an alert: a webhook of theirs, WhatsApp."""

import asyncio
from dataclasses import asdict

import httpx2

from bot.alerts.notifier import Channel, Notice
from bot.errors import AlertNotSent, ConfigurationError
from bot.settings.groups import Settings
from bot.twilio.client import SendFailure, TwilioGateway

TIMEOUT = 10.0  # seconds


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Make what sends notices where the settings want them, by name. Raises `ConfigurationError`.

    The names are kept in the database.
    """
    channels: dict[str, Channel] = {}
    if settings.operators.alert_webhook_url is not None:
        channels["webhook"] = _to_webhook(
            settings.operators.alert_webhook_url.get_secret_value(),
            service=settings.telemetry.service_name,
            environment=settings.env,
        )
    if settings.operators.alert_whatsapp_to is not None:
        gateway = TwilioGateway(settings.twilio, settings.web)
        address = settings.operators.alert_whatsapp_to.get_secret_value()
        channels["whatsapp"] = _to_whatsapp(gateway, address)
    if not channels:
        raise ConfigurationError("Set ALERT_WEBHOOK_URL or ALERT_WHATSAPP_TO to be told of alerts.")
    return channels


def _to_webhook(url: str, *, service: str, environment: str) -> Channel:
    def tell(notice: Notice) -> None:
        body = {
            "service": service,
            "environment": environment,
            "alert": notice.alert.name,
            "status": "firing" if notice.findings else "recovered",
            "remedy": notice.alert.remedy,
            "findings": [asdict(found) for found in notice.findings],
            "text": notice.text,
        }
        try:
            httpx2.post(url, json=body, timeout=TIMEOUT).raise_for_status()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise AlertNotSent(f"the webhook does not take it ({type(error).__name__})") from None

    return tell


def _to_whatsapp(gateway: TwilioGateway, address: str) -> Channel:
    def tell(notice: Notice) -> None:
        sent = asyncio.run(gateway.send(address, notice.text))
        if isinstance(sent, SendFailure):
            raise AlertNotSent(f"Twilio does not take it ({sent.message})")

    return tell
