"""Tells Twilio's requests from anybody else's."""

from twilio.request_validator import RequestValidator, get_signature_algorithm
from werkzeug.datastructures import MultiDict

from bot.errors import RejectedWebhook
from bot.settings.groups import TwilioSettings


def check(
    account: TwilioSettings,
    *,
    url: str,
    form: MultiDict[str, str],
    signature: str,
    signature_settings: str,
) -> None:
    """Raise `RejectedWebhook` (403) unless one of our auth tokens signed this request.

    `url` is the address as Twilio was told it, byte for byte; `signature` and
    `signature_settings` are the two headers, empty where missing. Several tokens are accepted
    because they overlap while they are rotated.
    """
    algorithm = get_signature_algorithm(signature_settings)
    for token in account.auth_tokens:
        validator = RequestValidator(token.get_secret_value())
        if validator.validate(url, form, signature, algorithm):
            return
    raise RejectedWebhook("The signature does not match this request.", 403)
