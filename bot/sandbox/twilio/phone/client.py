"""A user's phone for programs: say something, read the conversation, follow it live."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import Any, Literal
from urllib.parse import urlencode

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from bot.errors import TextcrewError
from bot.sandbox.twilio.contents import Interaction
from bot.sandbox.twilio.messages import Status, new_sid

WEBHOOK_SECONDS = 40.0  # two attempts of at most 15 s each, and some room
PROFILE_NAME = "Sam"
SILENCE_SECONDS = 30.0  # the stream says something at least every 10 s
RECONNECT_SECONDS = 0.3
ARRIVED: frozenset[Status] = frozenset({"delivered", "read"})


class MessageNotDelivered(TextcrewError):
    """The bot did not take the message."""


class PhoneUnreachable(TextcrewError):
    """The stand-in does not answer, or refuses what was asked."""


@dataclass(frozen=True, kw_only=True)
class PhoneMessage:
    """A message in the conversation; `inbound` goes to the bot, `outbound` comes from it.

    `message_type` is what WhatsApp calls it; `place` has a latitude, longitude, label and address.
    """

    sid: str
    position: int
    direction: Literal["inbound", "outbound"]
    body: str
    media: tuple[str, ...]
    interaction: Interaction | None
    message_type: str
    place: dict[str, Any] | None
    at: datetime
    status: Status
    error_code: int | None
    error_message: str | None

    @property
    def arrived(self) -> bool:
        """True when its recipient has it."""
        return self.status in ARRIVED


class Phone:
    """The phone of the user at `address`, e.g. `whatsapp:+15550100001`."""

    def __init__(self, base_url: str, address: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._address = address
        self._http = PoolManager(timeout=Timeout(connect=5.0, read=SILENCE_SECONDS), retries=False)

    def close(self) -> None:
        self._http.clear()

    def say(
        self, text: str, *, message_sid: str | None = None, quoting: PhoneMessage | None = None
    ) -> str:
        """Send a message and return its sid once the bot's webhook has taken it.

        `quoting` is the message that it replies to. The same `message_sid` again delivers the same
        message again. Raises `MessageNotDelivered` when the webhook does not answer 2xx,
        `PhoneUnreachable` when the stand-in itself fails.
        """
        quoted = {"quoted": quoting.sid} if quoting else {}
        return self._send(text, message_sid or new_sid(), **quoted)

    def send_file(self, content: bytes, content_type: str, text: str = "") -> str:
        """Send a picture with its caption, or another file; a document's `text` is its name."""
        data = base64.b64encode(content).decode()
        attached = {"content_type": content_type, "data": data}
        return self._send(text, new_sid("MM"), attachment=attached)

    def send_album(
        self, photos: Sequence[tuple[bytes, str]], caption: str = "", *, captioned: int = 0
    ) -> list[str]:
        """Send photos, each with its content type, one message after the other as WhatsApp does.

        The caption goes with the one at the place `captioned`. Returns the messages' sids.
        """
        return [
            self.send_file(content, content_type, caption if place == captioned else "")
            for place, (content, content_type) in enumerate(photos)
        ]

    def send_place(
        self, latitude: float, longitude: float, label: str = "", address: str = ""
    ) -> str:
        """Share a place; in degrees."""
        place = {
            "latitude": latitude,
            "longitude": longitude,
            "label": label,
            "address": address,
        }
        return self._send("", new_sid(), location=place)

    def send_contact(self, card: bytes) -> str:
        """Send a contact, which is a vCard."""
        return self.send_file(card, "text/vcard")

    def send_sticker(self, picture: bytes) -> str:
        """Send a sticker, which is a WebP picture."""
        attached = {"content_type": "image/webp", "data": base64.b64encode(picture).decode()}
        return self._send("", new_sid("MM"), attachment=attached, message_type="sticker")

    def react(self, message: PhoneMessage, emoji: str) -> str:
        """React to a message."""
        return self._send(emoji, new_sid(), quoted=message.sid, message_type="reaction")

    def send_other(self, message_type: str, text: str = "") -> str:
        """Send what WhatsApp calls so: a poll, an order, what it does not hand on."""
        return self._send(text, new_sid(), message_type=message_type)

    def _send(self, text: str, message_sid: str, **more: object) -> str:
        said = {
            "from": self._address,
            "body": text,
            "profile_name": PROFILE_NAME,
            "message_sid": message_sid,
            **more,
        }
        answer = self._json("POST", "/phone/messages", said, WEBHOOK_SECONDS)
        message = _message(answer)
        if message.status == "failed":
            raise MessageNotDelivered(message.error_message)
        return message.sid

    def tap(self, message: PhoneMessage, title: str) -> str:
        """Tap a button or pick an item of a list; returns the sid of the message that this sends.

        Raises `ValueError` when the message does not offer it, else as `say`.
        """
        offered = message.interaction
        option = next((o for o in offered.options if o.title == title), None) if offered else None
        if offered is None or option is None:
            raise ValueError(f"The message does not offer {title!r}.")
        return self._send(
            title,
            new_sid(),
            tapped={
                "kind": offered.kind,
                "id": option.id,
                "title": option.title,
                "sid": message.sid,
            },
        )

    def messages(self) -> list[PhoneMessage]:
        """Read the conversation in order, also what is still on its way or was not delivered."""
        path = f"/phone/conversation?{self._with()}"
        return [_message(bubble) for bubble in self._json("GET", path, None, SILENCE_SECONDS)]

    def wait_for(
        self, predicate: Callable[[PhoneMessage], bool], seconds: float, *, after: int = 0
    ) -> PhoneMessage:
        """Return the first message from the bot that arrived beyond position `after` and fits.

        Raises `TimeoutError` with what was said meanwhile.
        """
        heard: list[str] = []
        for message in self.stream(after=after, seconds=seconds):
            if message.direction == "outbound":
                heard.append(message.body)
                if predicate(message):
                    return message
        raise TimeoutError(f"No such message within {seconds:g} s; the bot said {heard!r}")

    def stream(self, *, after: int = 0, seconds: float | None = None) -> Iterator[PhoneMessage]:
        """Yield each message beyond position `after` once, when it has arrived or failed.

        Ends after `seconds`; without them it goes on until the stand-in is gone for
        `SILENCE_SECONDS`, which raises `PhoneUnreachable`. A broken connection is taken up again.
        """
        deadline = None if seconds is None else monotonic() + seconds
        lost_at = monotonic()
        seen: set[str] = set()
        while deadline is None or monotonic() < deadline:
            try:
                for message in self._changes(deadline):
                    lost_at = monotonic()
                    travelling = message.status in {"queued", "sending", "sent"}
                    if message.position > after and not travelling and message.sid not in seen:
                        seen.add(message.sid)
                        yield message
            except HTTPError as error:
                if deadline is None and monotonic() - lost_at > SILENCE_SECONDS:
                    raise PhoneUnreachable(f"The stand-in is gone: {error}") from error
                sleep(RECONNECT_SECONDS)

    def _changes(self, deadline: float | None) -> Iterator[PhoneMessage]:
        """Yield every change of the conversation from its beginning, until the connection ends."""
        silence = SILENCE_SECONDS if deadline is None else max(0.05, deadline - monotonic())
        response = self._http.request(
            "GET",
            f"{self._base_url}/phone/events?{self._with()}",
            timeout=Timeout(connect=5.0, read=min(silence, SILENCE_SECONDS)),
            preload_content=False,
        )
        try:
            for event, data in _events(response):
                if event == "message":
                    yield _message(json.loads(data))
                if deadline is not None and monotonic() > deadline:
                    return
        finally:
            response.close()

    def _json(self, method: str, path: str, body: object, seconds: float) -> Any:
        try:
            answer = self._http.request(
                method,
                self._base_url + path,
                json=body,
                timeout=Timeout(connect=seconds, read=seconds),  # sending counts as connecting
            )
        except HTTPError as error:
            raise PhoneUnreachable(f"The stand-in does not answer: {error}") from error
        if answer.status >= 400:
            raise PhoneUnreachable(f"The stand-in refused it: {answer.data.decode()}")
        return answer.json()

    def _with(self) -> str:
        return urlencode({"with": self._address})


def _events(response: BaseHTTPResponse) -> Iterator[tuple[str, str]]:
    """Split a server-sent event stream into (event, data); comments come as ("", "")."""
    rest = b""
    while piece := response.read1():
        *blocks, rest = (rest + piece).split(b"\n\n")
        for block in blocks:
            fields = dict(
                line.split(": ", 1) for line in block.decode().splitlines() if line[:1] != ":"
            )
            yield fields.get("event", ""), fields.get("data", "")


def _message(bubble: dict[str, Any]) -> PhoneMessage:
    interaction = bubble["interaction"]
    values = {
        **bubble,
        "media": tuple(bubble["media"]),
        "interaction": interaction and Interaction.from_values(interaction),
    }
    return PhoneMessage(**{**values, "at": datetime.fromisoformat(bubble["at"])})
