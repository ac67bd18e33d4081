"""A message as the stand-in keeps it, and as Twilio's REST API shows it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal

from bot.sandbox.twilio.contents import Interaction

API_VERSION = "2010-04-01"
BODY_LIMIT = 1600  # UTF-16 code units, in both directions: an emoji counts as two or more
MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
USER = re.compile(r"whatsapp:(\+[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,137})")

Direction = Literal["inbound", "outbound-api"]
Status = Literal["queued", "sending", "sent", "delivered", "read", "undelivered", "failed"]


@dataclass(frozen=True, kw_only=True)
class FakeMessage:
    """One message between the bot and a user.

    `status` is what the sender's phone would show; `sending` while the webhook is being called.
    `fields` is what the webhook of a user's message says beside its words and files: its type, a
    place, what it replies to. `position` orders messages by arrival, `revision` grows with every
    change of any message.
    """

    position: int
    revision: int
    sid: str
    direction: Direction
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...]
    status: Status
    error_code: int | None
    error_message: str | None
    status_callback: str | None
    profile_name: str | None
    interaction: Interaction | None
    fields: Mapping[str, str]
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None

    @property
    def user(self) -> str:
        """The address of the one who is not the bot."""
        return self.sender if self.direction == "inbound" else self.recipient

    def as_resource(self, account_sid: str) -> dict[str, object]:
        """Show the message as Twilio's REST API does: numbers as strings, RFC 2822 dates."""
        uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{self.sid}"
        return {
            "account_sid": account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": _rfc2822(self.created_at),
            "date_sent": self.sent_at and _rfc2822(self.sent_at),
            "date_updated": _rfc2822(self.updated_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "from": self.sender,
            "messaging_service_sid": None,
            "num_media": str(len(self.media)),
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": "received" if self.direction == "inbound" else self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.recipient,
            "uri": f"{uri}.json",
        }

    def as_bubble(self) -> dict[str, object]:
        """Show the message as the phone does; `direction` is seen from the bot."""
        return {
            "sid": self.sid,
            "position": self.position,
            "direction": "inbound" if self.direction == "inbound" else "outbound",
            "body": self.body,
            "media": list(self.media),
            "interaction": self.interaction and asdict(self.interaction),
            "message_type": self.fields.get("MessageType", "text"),
            "place": self._place(),
            "at": self.created_at.isoformat(),
            "status": self.status,
            "error_code": self.error_code,
            "error_message": self.error_message,
        }

    def _place(self) -> dict[str, object] | None:
        """The place that was shared, by the names of `Location`."""
        if "Latitude" not in self.fields:
            return None
        return {
            "latitude": float(self.fields["Latitude"]),
            "longitude": float(self.fields["Longitude"]),
            "label": self.fields.get("Label", ""),
            "address": self.fields.get("Address", ""),
        }


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that a user sent with a message."""

    sid: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place that is shared, in degrees."""

    latitude: float
    longitude: float
    label: str = ""
    address: str = ""

    def as_fields(self) -> dict[str, str]:
        """The webhook's fields."""
        named = {"Label": self.label, "Address": self.address}
        return {
            "MessageType": "location",
            "Latitude": str(self.latitude),
            "Longitude": str(self.longitude),
            **{name: text for name, text in named.items() if text},
        }


def new_sid(prefix: str = "SM") -> str:
    return prefix + secrets.token_hex(16)


def length(body: str) -> int:
    """Count UTF-16 code units, as the limit does."""
    return len(body.encode("utf-16-le")) // 2


def now() -> datetime:
    return datetime.now(UTC)


def _rfc2822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))
