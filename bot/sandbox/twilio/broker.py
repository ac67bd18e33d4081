"""The broker: carries messages between users' phones and the bot, and tells who listens."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Condition, Event
from time import monotonic

from bot.sandbox.twilio.contents import Interaction
from bot.sandbox.twilio.faults import TwilioFault, TwilioFaults
from bot.sandbox.twilio.media import CDN
from bot.sandbox.twilio.messages import Attachment, FakeMessage, Location, Status, new_sid
from bot.sandbox.twilio.store import Store
from bot.sandbox.twilio.webhook_forms import (
    attachment_fields,
    inbound_form,
    message_type_of,
    status_form,
)
from bot.sandbox.twilio.webhooks import Webhooks

TYPING_SECONDS = 25.0
HANDED_ON_LIMIT = 16 * 2**20  # bytes of a file
REASONS: Mapping[int, str] = {
    63003: "Channel could not find To address",
    63016: "Failed to send freeform message because you are outside the allowed window",
    63024: "Invalid message recipient",
    63032: "Recipient cannot receive this message",
    63049: "Meta chose not to deliver this marketing message",
}

OUTSIDE_THE_WINDOW = TwilioFault(when="delivery", code=63016)


@dataclass(frozen=True, kw_only=True)
class FakeAccount:
    """Who the product is to Twilio, where its inbound messages go, and where this API is."""

    api_url: str
    sid: str
    auth_token: str = field(repr=False)
    whatsapp_from: str
    webhook_url: str


class Broker:
    """All conversations with one bot. Safe for threads."""

    def __init__(self, account: FakeAccount, store: Store, *, step_seconds: float) -> None:
        self.account = account
        self.store = store
        self.faults = TwilioFaults()
        self._step_seconds = step_seconds
        self._webhooks = Webhooks(account.auth_token)
        self._couriers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="courier")
        self._stopped = Event()
        self._changed = Condition()
        self._typing_until: dict[str, float] = {}
        self._closed_windows: set[str] = set()
        self._on_their_way: set[Future[None]] = set()

    def resume(self) -> None:
        """Go on with what an earlier stop interrupted."""
        for message in self.store.travelling():
            self._send_off(message, None)

    def stop(self) -> None:
        self._stopped.set()
        self._tell()
        self._couriers.shutdown(cancel_futures=True)
        self._webhooks.close()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, unless the broker stops first."""
        self._stopped.wait(seconds)

    def send(
        self,
        *,
        to: str,
        body: str,
        media: tuple[str, ...],
        status_callback: str | None,
        interaction: Interaction | None = None,
    ) -> FakeMessage:
        """Accept a message from the bot to a user; it travels on its own."""
        message = self.store.insert(
            sid=new_sid("MM" if media else "SM"),
            direction="outbound-api",
            sender=self.account.whatsapp_from,
            recipient=to,
            body=body,
            media=media,
            status="queued",
            status_callback=status_callback,
            interaction=interaction,
        )
        self._tell()
        fault = self.faults.take("delivery", "send", to, body)
        if fault is None and self.is_window_closed(to):
            fault = OUTSIDE_THE_WINDOW
        self._send_off(message, fault)
        return message

    def receive(
        self,
        *,
        sender: str,
        body: str,
        profile_name: str,
        sid: str,
        tapped: Interaction | None = None,
        attachments: tuple[Attachment, ...] = (),
        location: Location | None = None,
        quoted: str = "",
        message_type: str = "",
    ) -> FakeMessage:
        """Take a message from a user and wait for the bot's webhook to answer.

        `quoted` is the sid of the message that it replies to, `message_type` what WhatsApp calls
        the message where its words and files do not tell: a sticker, a reaction, a poll.

        A repeated `sid` calls the webhook again and adds nothing to the conversation. Of a file
        that is too large only its kind is told.
        """
        handed_on = [one for one in attachments if len(one.content) <= HANDED_ON_LIMIT]
        if self.store.find(sid) is None:
            for attachment in handed_on:
                self.store.insert_attachment(sid, attachment)
        place = location.as_fields() if location else {}
        called = {"MessageType": message_type} if message_type else {}
        message = self.store.insert(
            sid=sid,
            direction="inbound",
            sender=sender,
            recipient=self.account.whatsapp_from,
            body=body,
            status="sending",
            media=tuple(f"{CDN}/{attachment.sid}" for attachment in handed_on),
            profile_name=profile_name,
            interaction=tapped,
            fields={**_kind(attachments), **place, **self._quote(quoted), **called},
        )
        if message.status == "failed":
            message = self.store.set_status(sid, "sending")
        self._closed_windows.discard(sender)
        self._tell()
        if self.faults.take("before", "webhook", sender, body) is not None:
            return self._arrived(sid, None)
        brought = attachment_fields(
            self.account.api_url, self.account.sid, sid, self.store.attachments(sid)
        )
        form = inbound_form(message, self.account.sid, brought)
        answer = self._webhooks.post(self.account.webhook_url, form)
        return self._arrived(sid, answer.reason)

    def close_window(self, user: str) -> None:
        """Deliver nothing more to the user until they write, as 24 hours after they have."""
        self._closed_windows.add(user)

    def is_window_closed(self, user: str) -> bool:
        return user in self._closed_windows

    def _arrived(self, sid: str, reason: str | None) -> FakeMessage:
        """A user's message is with Twilio; `reason` is why the bot did not take it."""
        status: Status = "failed" if reason else "delivered"
        message = self.store.set_status(sid, status, reason=reason)
        self._tell()
        return message

    def _quote(self, sid: str) -> dict[str, str]:
        """The fields of a message that quotes that one."""
        quoted = self.store.find(sid)
        if quoted is None:
            return {}
        return {
            "OriginalRepliedMessageSid": quoted.sid,
            "OriginalRepliedMessageSender": quoted.sender,
        }

    def show_typing(self, message: FakeMessage) -> None:
        """Mark a user's message as read and show the bot typing."""
        self._typing_until[message.user] = monotonic() + TYPING_SECONDS
        self.store.set_status(message.sid, "read")
        self._tell()

    def typing_seconds(self, user: str) -> float:
        """How long the bot is still shown typing to this user; 0 when it is not."""
        return max(0.0, self._typing_until.get(user, 0.0) - monotonic())

    def wait_for_changes(
        self, user: str, revision: int, *, typing: bool, seconds: float
    ) -> list[FakeMessage]:
        """Wait until the conversation, or whether the bot is typing, differs from what is known."""
        deadline = monotonic() + seconds
        with self._changed:
            while not self.stopped:
                changes = self.store.changes(user, revision)
                left = self.typing_seconds(user)
                remaining = deadline - monotonic()
                if changes or typing != (left > 0) or remaining <= 0:
                    return changes
                self._changed.wait(min(remaining, left) if left else remaining)
        return []

    def forget(self, seconds: float) -> None:
        """Forget all conversations once every message and report of it has arrived.

        Raises `TimeoutError` when that takes longer than `seconds`.
        """
        _, late = wait(set(self._on_their_way), seconds)
        if late:
            raise TimeoutError(f"{len(late)} messages are still on their way")
        self._typing_until.clear()
        self._closed_windows.clear()
        self.store.clear()

    def _send_off(self, message: FakeMessage, fault: TwilioFault | None) -> None:
        journey = self._couriers.submit(self._travel, message, fault)
        self._on_their_way.add(journey)
        journey.add_done_callback(self._on_their_way.discard)

    def _travel(self, message: FakeMessage, fault: TwilioFault | None) -> None:
        """Take a message to the phone step by step, reporting each as the sender wished."""
        forms = []
        for status in _steps(message, fault):
            self.pause(self._step_seconds)
            if self.stopped:
                return
            code = fault.code if fault and status == fault.outcome else None
            reason = None if code is None else REASONS.get(code, "Not delivered")
            message = self.store.set_status(message.sid, status, code=code, reason=reason)
            if status == "delivered":
                self._typing_until.pop(message.recipient, None)
            self._tell()
            forms.append(status_form(message, status, self.account.sid))
            if fault is None or fault.callbacks == "in_order":
                self._report(message, forms.pop())
        if fault and fault.callbacks == "reversed":
            forms.reverse()
        if fault and fault.callbacks != "none":
            repeat = 2 if fault.callbacks == "doubled" else 1
            for form in forms * repeat:
                self._report(message, form)

    def _report(self, message: FakeMessage, form: Mapping[str, str]) -> None:
        if message.status_callback:
            self._webhooks.post(message.status_callback, form)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _kind(attachments: tuple[Attachment, ...]) -> dict[str, str]:
    """The type of a message with files."""
    return {"MessageType": message_type_of(attachments[0].content_type)} if attachments else {}


def _steps(message: FakeMessage, fault: TwilioFault | None) -> list[Status]:
    """List the statuses that are still to come."""
    steps: list[Status] = ["sent", "delivered", "read"]
    if fault and fault.code:
        steps = ["failed"] if fault.outcome == "failed" else ["sent", "undelivered"]
    return steps[steps.index(message.status) + 1 :] if message.status in steps else steps
