"""What Twilio posts, signed as Twilio signs it."""

import secrets
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from bot.settings.groups import Settings

FORM = "application/x-www-form-urlencoded"

Fields = dict[str, str | list[str]]


def message_fields(settings: Settings, **changes: str | list[str]) -> Fields:
    """The fields of an incoming text; an empty list leaves a field out."""
    sid = "SM" + secrets.token_hex(16)
    fields: Fields = {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": settings.twilio.account_sid,
        "From": "whatsapp:+15551234567",
        "To": settings.twilio.whatsapp_from,
        "Body": "Build me a todo app",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "ProfileName": "Ada",
        "WaId": "15551234567",
        "MessageType": "text",
        "ChannelMetadata": '{"type":"whatsapp","data":{}}',
    }
    return {name: value for name, value in (fields | changes).items() if value != []}


def encoded(fields: Fields) -> bytes:
    return urlencode(fields, doseq=True).encode()


def signed(
    fields: Fields, *, url: str, token: str = "test-auth-token", algorithm: str = "HMAC_SHA1"
) -> dict[str, str]:
    """The headers that go with the fields."""
    validator = RequestValidator(token)
    signature = validator.compute_signature(url, MultiDict(fields), algorithm)
    headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
    if algorithm != "HMAC_SHA1":
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key=shared,algorithm={algorithm}"
    return headers
