"""The forms of Twilio's webhooks: what a user sends, and what becomes of a message to them."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from bot.sandbox.twilio.media import media_path
from bot.sandbox.twilio.messages import API_VERSION, Attachment, FakeMessage, Status


def inbound_form(
    message: FakeMessage, account_sid: str, brought: Mapping[str, str]
) -> Mapping[str, str]:
    """Make the form of the webhook: what is always there, and what a tap, a file, a place adds."""
    contact = message.sender.removeprefix("whatsapp:").removeprefix("+")
    name = message.profile_name or ""
    tap = message.interaction.as_fields() if message.interaction else {"MessageType": "text"}
    return {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "Body": message.body,
        "ChannelMetadata": _channel_metadata(name, contact),
        "ExternalUserId": _external_user_id(contact),
        "From": message.sender,
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": name,
        "ReferralNumMedia": "0",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.recipient,
        "WaId": contact,
        **tap,
        **brought,
        **message.fields,
    }


def status_form(message: FakeMessage, status: Status, account_sid: str) -> Mapping[str, str]:
    """Make the form of a status callback."""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": message.recipient.removeprefix("whatsapp:"),
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "StructuredMessage": "false",
        "To": message.recipient,
    }
    if status in {"delivered", "read"}:
        form["EventType"] = status.upper()
    if status in {"undelivered", "failed"} and message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
        form["ChannelStatusMessage"] = message.error_message or ""
    return form


def attachment_fields(
    api_url: str, account_sid: str, message_sid: str, attachments: Sequence[Attachment]
) -> dict[str, str]:
    """The webhook's fields for what a message brings."""
    fields = {"NumMedia": str(len(attachments))}
    for number, attachment in enumerate(attachments):
        path = media_path(account_sid, message_sid, attachment)
        fields[f"MediaUrl{number}"] = f"{api_url}{path}"
        fields[f"MediaContentType{number}"] = attachment.content_type
    return fields


def message_type_of(content_type: str) -> str:
    """What WhatsApp calls a message with such a file, unless its sender chose otherwise."""
    if content_type == "text/vcard":
        return "contacts"
    family = content_type.partition("/")[0]
    return family if family in {"image", "audio", "video"} else "document"


def _channel_metadata(profile_name: str, contact: str) -> str:
    context = {"ProfileName": profile_name, "WaId": contact}
    return json.dumps({"type": "whatsapp", "data": {"context": context}})


def _external_user_id(contact: str) -> str:
    """A user without a phone number is addressed by this id; the others have one as well."""
    if "." in contact:
        return contact
    return f"US.{int(hashlib.sha256(contact.encode()).hexdigest()[:16], 16)}"
