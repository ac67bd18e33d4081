"""What the Twilio stand-in keeps, shows and fails on demand."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.sandbox.twilio.faults import TwilioFault, TwilioFaults
from bot.sandbox.twilio.messages import FakeMessage, length, new_sid
from bot.sandbox.twilio.store import Store
from bot.sandbox.twilio.webhook_forms import inbound_form, status_form

USER = "whatsapp:+15550100001"
BOT = "whatsapp:+14155238886"
ACCOUNT = "AC" + "0" * 32
ALWAYS_THERE = {
    "MessageSid",
    "SmsSid",
    "SmsMessageSid",
    "AccountSid",
    "From",
    "To",
    "Body",
    "NumMedia",
    "NumSegments",
    "SmsStatus",
    "ApiVersion",
    "ProfileName",
    "WaId",
    "ExternalUserId",
    "MessageType",
    "ChannelMetadata",
    "ReferralNumMedia",
}


def insert(store: Store, body: str = "Hello", sid: str | None = None) -> FakeMessage:
    return store.insert(
        sid=sid or new_sid(),
        direction="inbound",
        sender=USER,
        recipient=BOT,
        body=body,
        status="sending",
        profile_name="Sam",
    )


def test_a_message_is_still_there_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "twilio.sqlite"
    store = Store(file)
    message = store.set_status(insert(store).sid, "delivered")
    epoch = store.epoch
    store.close()

    again = Store(file)
    assert again.conversation(USER) == [message]
    assert again.epoch == epoch
    again.close()


def test_a_message_whose_delivery_was_interrupted_can_be_sent_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "twilio.sqlite")
    insert(store)
    store.close()

    again = Store(tmp_path / "twilio.sqlite")
    assert [message.status for message in again.conversation(USER)] == ["failed"]
    again.close()


def test_every_change_has_a_later_revision() -> None:
    store = Store(None)
    first, second = insert(store), insert(store)
    changed = store.set_status(first.sid, "delivered")

    assert first.revision < second.revision < changed.revision
    assert [message.sid for message in store.changes(USER, first.revision)] == [
        second.sid,
        first.sid,
    ]
    store.close()


def test_a_repeated_sid_adds_nothing() -> None:
    store = Store(None)
    first = insert(store, "one")

    assert insert(store, "two", sid=first.sid) == first
    assert len(store.conversation(USER)) == 1
    store.close()


def test_a_read_message_stays_read() -> None:
    store = Store(None)
    sid = insert(store).sid
    store.set_status(sid, "read")

    assert store.set_status(sid, "delivered").status == "read"
    store.close()


@pytest.mark.parametrize(
    ("address", "wa_id"),
    [(USER, "15550100001"), ("whatsapp:US.abc123", "US.abc123")],
)
def test_the_webhook_form_has_every_field_that_is_always_there(address: str, wa_id: str) -> None:
    store = Store(None)
    message = store.insert(
        sid=new_sid(),
        direction="inbound",
        sender=address,
        recipient=BOT,
        body="Hello",
        status="sending",
        profile_name="Sam",
    )
    store.close()
    form = inbound_form(message, ACCOUNT, {})

    assert set(form) == ALWAYS_THERE
    assert form["WaId"] == wa_id
    assert form["ExternalUserId"].startswith("US.")


def test_a_failed_status_carries_its_error_code() -> None:
    store = Store(None)
    message = store.set_status(insert(store).sid, "undelivered", code=63016, reason="Window")
    store.close()

    assert status_form(message, "undelivered", ACCOUNT)["ErrorCode"] == "63016"


def test_an_emoji_counts_as_two_characters() -> None:
    assert length("a\N{ROCKET}") == 3


def test_faults_happen_as_often_as_asked_and_to_whom() -> None:
    faults = TwilioFaults()
    faults.add([TwilioFault(code=20429, times=2, to=USER)])

    assert faults.take("before", "send", BOT) is None
    assert faults.take("after", "send", USER) is None
    taken = [faults.take("before", "send", USER) for _ in range(3)]
    assert [fault and fault.http_status for fault in taken] == [429, 429, None]
    assert faults.pending() == []


@pytest.mark.parametrize("values", [{}, {"when": "delivery", "drop": True}, {"code": 1, "to": 2}])
def test_a_fault_that_would_do_nothing_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TwilioFault.model_validate(values)
