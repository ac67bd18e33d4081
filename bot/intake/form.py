"""What a signed form must hold before anything is done with it."""

import re

from werkzeug.datastructures import MultiDict

from bot.errors import RejectedWebhook
from bot.settings.groups import TwilioSettings

_MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
# A number, `whatsapp:+15551234567`, or with a username `whatsapp:US.13491208655302741918`.
_ADDRESS = re.compile(r"whatsapp:\+?[A-Za-z0-9._-]{1,140}")


def check_account(account: TwilioSettings, form: MultiDict[str, str]) -> None:
    """Raise `RejectedWebhook` unless the form is about our own Twilio account."""
    if form.get("AccountSid") != account.account_sid:
        raise RejectedWebhook("This AccountSid is not the one that is configured here.", 403)


def check_message_sid(form: MultiDict[str, str]) -> None:
    """Raise `RejectedWebhook` unless MessageSid is one: it is a key, and part of addresses."""
    if not _MESSAGE_SID.fullmatch(form.get("MessageSid", "")):
        raise RejectedWebhook("MessageSid is missing or is not a message's SID.", 400)


def check_sender(form: MultiDict[str, str]) -> None:
    """Raise `RejectedWebhook` unless From is a WhatsApp address that can be answered."""
    if not _ADDRESS.fullmatch(form.get("From", "")):
        raise RejectedWebhook("From is missing or is not a WhatsApp address.", 400)
