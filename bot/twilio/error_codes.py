"""What Twilio's refusals mean for a message, by code, else by HTTP status.

Source: Twilio's error dictionary, as far as it concerns WhatsApp.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class ErrorClass(StrEnum):
    """What can be done after a failed send."""

    REFUSED = "refused"  # not processed: send again later
    UNAUTHORIZED = "unauthorized"  # our account is refused: nobody sends until that is fixed
    MISCONFIGURED = "misconfigured"  # an operator must act; this message waits until then
    WINDOW_CLOSED = "window closed"  # only an approved template gets through until they write
    NO_SUCH_CONTENT = "no such content"  # it goes out in words
    UNWANTED = "unwanted"  # this user wants no messages from us
    PASSING = "passing"  # the fault may pass: send again later what matters
    PERMANENT = "permanent"  # this message will never get through
    AMBIGUOUS = "ambiguous"  # it may have been sent: look before sending again


class Known(NamedTuple):
    """A code's verdict, and what to tell the operator."""

    verdict: ErrorClass
    meaning: str


KNOWN: Mapping[int, Known] = MappingProxyType(
    {
        20429: Known(ErrorClass.REFUSED, "too many requests"),
        21611: Known(ErrorClass.REFUSED, "Twilio's queue for our sender is full"),
        30001: Known(ErrorClass.REFUSED, "Twilio's queue for our sender is full"),
        63017: Known(ErrorClass.REFUSED, "rate limit reached"),
        63018: Known(ErrorClass.REFUSED, "rate limit of our sender reached"),
        20003: Known(ErrorClass.UNAUTHORIZED, "Twilio does not accept our credentials"),
        20404: Known(ErrorClass.MISCONFIGURED, "Twilio does not know our account"),
        63007: Known(ErrorClass.MISCONFIGURED, "our sender does not belong to our account"),
        63010: Known(ErrorClass.PASSING, "the channel had an error of its own"),
        63012: Known(ErrorClass.PASSING, "the channel had an error of its own"),
        21211: Known(ErrorClass.PERMANENT, "the recipient's address is not valid"),
        21610: Known(ErrorClass.UNWANTED, "the recipient has opted out"),
        21617: Known(ErrorClass.PERMANENT, "the message is too long"),
        21658: Known(ErrorClass.PERMANENT, "the message is too long"),
        21655: Known(ErrorClass.NO_SUCH_CONTENT, "Twilio does not know the message's Content"),
        63003: Known(ErrorClass.PERMANENT, "the recipient has no such address"),
        63013: Known(ErrorClass.PERMANENT, "the message breaks the channel's policy"),
        63014: Known(ErrorClass.UNWANTED, "the recipient has blocked us"),
        63015: Known(ErrorClass.PERMANENT, "the recipient has not joined the sandbox"),
        63016: Known(ErrorClass.WINDOW_CLOSED, "the recipient last wrote more than 24 hours ago"),
        63021: Known(ErrorClass.PERMANENT, "the message's content is not valid"),
        63024: Known(ErrorClass.PERMANENT, "the recipient's address is not valid"),
        63032: Known(ErrorClass.PERMANENT, "WhatsApp declined to deliver to this recipient"),
        63049: Known(ErrorClass.PERMANENT, "WhatsApp declined to deliver this message"),
    }
)

_ADDRESS = re.compile(r"whatsapp:[\w.+]+|\+?\d{7,}")


def verdict(http_status: int, code: int | None) -> ErrorClass:
    """Judge an answer that is not a success."""
    if http_status >= 500 or http_status == 408:
        return ErrorClass.AMBIGUOUS
    if code is not None and code in KNOWN:
        return KNOWN[code].verdict
    if http_status == 429:
        return ErrorClass.REFUSED
    if http_status in {401, 403}:
        return ErrorClass.UNAUTHORIZED
    return ErrorClass.PERMANENT


def late_verdict(code: int | None) -> ErrorClass:
    """Judge a failure that Twilio reports of a message that it had taken in.

    What is not known to last may pass.
    """
    return KNOWN[code].verdict if code is not None and code in KNOWN else ErrorClass.PASSING


def explain(code: int | None, text: str | None) -> str | None:
    """Say what a code means, else what Twilio says of it without naming an address."""
    if code is not None and code in KNOWN:
        return KNOWN[code].meaning
    return text and _ADDRESS.sub("…", text)
