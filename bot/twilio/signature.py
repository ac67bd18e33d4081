"""Tells Twilio's requests from anybody else's."""

import hmac
from collections.abc import Iterator
from urllib.parse import urlparse

from twilio.request_validator import (
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)
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
        for called in _spellings(url):
            if _is_by(validator, called, form, signature, algorithm):
                return
    raise RejectedWebhook("The signature does not match this request.", 403)


def _spellings(url: str) -> Iterator[str]:
    """The URL as it is, which nearly always is what was signed; then with and without a port."""
    yield url
    parsed = urlparse(url)
    yield from {add_port(parsed), remove_port(parsed)} - {url}


def _is_by(
    validator: RequestValidator,
    url: str,
    form: MultiDict[str, str],
    signature: str,
    algorithm: str,
) -> bool:
    try:
        expected: str = validator.compute_signature(url, form, algorithm)
    except ValueError:  # an algorithm that Twilio does not have
        return False
    return hmac.compare_digest(expected.encode(), signature.encode())
