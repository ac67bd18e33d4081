"""The Twilio stand-in, as Twilio's own client and a webhook of ours see it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bot.sandbox.twilio.messages import new_sid
from bot.sandbox.twilio.phone.client import (
    MessageNotDelivered,
    Phone,
    PhoneMessage,
    PhoneUnreachable,
)
from bot.sandbox.twilio.server import FakeTwilio
from tests.integration.twilio_stand_in import (
    ACCOUNT,
    BOT,
    TOKEN,
    USER,
    Outgoing,
    Product,
    is_body,
    listening_product,
    make_client,
    make_stand_in,
    statuses,
    until,
)


@pytest.fixture
def product() -> Iterator[Product]:
    with listening_product() as listening:
        yield listening


@pytest.fixture
def stand_in(product: Product) -> Iterator[FakeTwilio]:
    with make_stand_in(product) as server:
        yield server


@pytest.fixture
def client(stand_in: FakeTwilio) -> Client:
    return make_client(stand_in.url)


@pytest.fixture
def phone(stand_in: FakeTwilio) -> Iterator[Phone]:
    phone = Phone(stand_in.url, USER)
    yield phone
    phone.close()


def test_a_message_is_accepted_and_answered_as_twilio_does(client: Client) -> None:
    message = client.messages.create(to=USER, from_=BOT, body="Hello")

    assert message.sid
    assert message.sid.startswith("SM")
    assert str(message.status) == "queued"
    assert (message.num_segments, message.num_media) == ("1", "0")
    assert message.date_created
    assert abs(message.date_created - datetime.now(UTC)) < timedelta(minutes=5)
    assert client.messages(message.sid).fetch().body == "Hello"


def test_every_status_is_reported_in_order_and_signed(
    client: Client, product: Product, phone: Phone
) -> None:
    sent = client.messages.create(
        to=USER, from_=BOT, body="Hello", status_callback=f"{product.url}/webhooks/status"
    )

    until(lambda: len(product.statuses) == 3)
    assert [form["MessageStatus"] for form in product.statuses] == ["sent", "delivered", "read"]
    assert {form["MessageSid"] for form in product.statuses} == {sent.sid}
    assert statuses(phone) == ["read"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"body": "x" * 1601}, 21617),
        ({"body": "\N{ROCKET}" * 801}, 21617),
        ({"body": ""}, 21619),
        ({"to": "+15550100001"}, 21910),
        ({"to": "whatsapp:nobody"}, 21211),
        ({"from_": "whatsapp:+15550009999"}, 63007),
        ({"media_url": ["file:///etc/passwd"]}, 21620),
    ],
)
def test_what_twilio_refuses_is_refused(
    client: Client, phone: Phone, changes: Outgoing, code: int
) -> None:
    message: Outgoing = {"to": USER, "from_": BOT, "body": "Hello", **changes}
    with pytest.raises(TwilioRestException) as refusal:
        client.messages.create(**message)

    assert (refusal.value.status, refusal.value.code) == (400, code)
    assert phone.messages() == []


def test_a_wrong_token_is_refused(stand_in: FakeTwilio) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        make_client(stand_in.url, "wrong").messages.create(to=USER, from_=BOT, body="Hello")

    assert (refusal.value.status, refusal.value.code) == (401, 20003)


def test_the_account_can_be_looked_up(client: Client) -> None:
    assert str(client.api.accounts(ACCOUNT).fetch().status) == "active"


def test_messages_are_listed_newest_first_by_recipient_and_date(client: Client) -> None:
    began = datetime.now(UTC)
    for number in range(5):
        client.messages.create(to=USER, from_=BOT, body=str(number))
    client.messages.create(to="whatsapp:US.abc123", from_=BOT, body="for another")

    def listed(since: datetime) -> list[str | None]:
        found = client.messages.list(to=USER, date_sent_after=since, page_size=2)
        return [message.body for message in found]

    assert listed(began) == ["4", "3", "2", "1", "0"]
    assert listed(began + timedelta(hours=1)) == []
    assert client.messages.list(to=USER, date_sent_before=began - timedelta(hours=1)) == []


def test_a_user_s_message_reaches_the_webhook_whole(product: Product, phone: Phone) -> None:
    sid = phone.say("Grüße 👋 & a+b=c?")

    (form,) = product.inbound
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == sid
    assert (form["From"], form["To"]) == (USER, BOT)
    assert form["Body"] == "Grüße 👋 & a+b=c?"
    assert [(message.sid, message.status) for message in phone.messages()] == [(sid, "delivered")]


def test_an_album_is_a_message_a_photo_and_one_has_the_caption(
    product: Product, phone: Phone
) -> None:
    photos = [(b"first", "image/jpeg"), (b"second", "image/webp"), (b"third", "image/png")]
    sids = phone.send_album(photos, "Our cakes", captioned=1)

    assert [form["MessageSid"] for form in product.inbound] == sids
    assert [form["Body"] for form in product.inbound] == ["", "Our cakes", ""]
    assert {(form["MessageType"], form["NumMedia"]) for form in product.inbound} == {("image", "1")}
    assert [message.message_type for message in phone.messages()] == ["image"] * 3


def test_each_kind_of_message_says_what_it_is(product: Product, phone: Phone) -> None:
    said = phone.say("Hello")
    (hello,) = phone.messages()
    phone.send_place(52.5, 13.4, "Bakery", "Main Street 1")
    phone.send_contact(b"BEGIN:VCARD")
    phone.send_sticker(b"a picture")
    phone.react(hello, "👍")
    phone.send_other("poll")

    _, place, contact, sticker, reaction, poll = product.inbound
    assert (place["MessageType"], place["Latitude"], place["Longitude"]) == (
        "location",
        "52.5",
        "13.4",
    )
    assert (place["Label"], place["Address"]) == ("Bakery", "Main Street 1")
    assert (contact["MessageType"], contact["MediaContentType0"]) == ("contacts", "text/vcard")
    assert (sticker["MessageType"], sticker["MediaContentType0"]) == ("sticker", "image/webp")
    assert (reaction["MessageType"], reaction["Body"]) == ("reaction", "👍")
    assert reaction["OriginalRepliedMessageSid"] == said
    assert (poll["MessageType"], poll["Body"], poll["NumMedia"]) == ("poll", "", "0")
    assert phone.messages()[1].place == {
        "latitude": 52.5,
        "longitude": 13.4,
        "label": "Bakery",
        "address": "Main Street 1",
    }


def test_a_message_that_the_bot_refuses_can_be_sent_again(product: Product, phone: Phone) -> None:
    product.answers = [503]
    sid = new_sid()
    with pytest.raises(MessageNotDelivered, match="HTTP 503"):
        phone.say("Hello", message_sid=sid)
    assert statuses(phone) == ["failed"]

    assert phone.say("Hello", message_sid=sid) == sid
    assert statuses(phone) == ["delivered"]
    assert [form["MessageSid"] for form in product.inbound] == [sid, sid]


def test_a_message_posted_many_times_at_once_is_one_message(
    product: Product, stand_in: FakeTwilio, phone: Phone
) -> None:
    sid = new_sid()
    with ThreadPoolExecutor(50) as threads:
        said = threads.map(lambda _: phone.say("Hello", message_sid=sid), range(50))

    assert set(said) == {sid}
    assert len(product.inbound) == 50
    assert statuses(phone) == ["delivered"]


def test_an_unreachable_bot_is_told() -> None:
    with make_stand_in(Product(url="http://127.0.0.1:1")) as server:
        phone = Phone(server.url, USER)
        with pytest.raises(MessageNotDelivered, match="not reachable"):
            phone.say("Hello")
        phone.close()


@pytest.mark.parametrize("body", ["", "   ", "x" * 1601])
def test_what_no_phone_would_send_is_refused(phone: Phone, body: str) -> None:
    with pytest.raises(PhoneUnreachable, match="refused"):
        phone.say(body)
    assert phone.messages() == []


def test_typing_marks_the_message_read_until_the_answer_arrives(
    client: Client, phone: Phone, stand_in: FakeTwilio
) -> None:
    sid = phone.say("Hello")
    client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)

    assert statuses(phone) == ["read"]
    assert 0 < stand_in.broker.typing_seconds(USER) <= 25
    client.messages.create(to=USER, from_=BOT, body="Hi")
    until(lambda: stand_in.broker.typing_seconds(USER) == 0)


@pytest.mark.lengthy
def test_a_phone_hears_each_message_once_as_it_arrives(client: Client, phone: Phone) -> None:
    phone.say("Count")
    for number in range(3):
        client.messages.create(to=USER, from_=BOT, body=str(number))
        phone.wait_for(partial(is_body, str(number)), 60)

    client.messages.create(to=USER, from_=BOT, body="the last")
    said = (message.body for message in phone.stream(seconds=60))
    assert list(takewhile(lambda body: body != "the last", said)) == ["Count", "0", "1", "2"]


def test_waiting_in_vain_tells_what_was_said(client: Client, phone: Phone) -> None:
    client.messages.create(to=USER, from_=BOT, body="Something else")

    with pytest.raises(TimeoutError, match="Something else"):
        phone.wait_for(lambda message: message.body == "never", 0.5)


def test_the_conversation_goes_on_after_a_restart(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "twilio.sqlite"
    with make_stand_in(product, file) as server:
        phone = Phone(server.url, USER)
        phone.say("Before")
        before = phone.messages()
        phone.close()

    with make_stand_in(product, file) as server:
        phone = Phone(server.url, USER)
        heard: list[PhoneMessage] = list(islice(phone.stream(seconds=60), len(before)))
        assert heard == phone.messages() == before
        phone.close()


def test_a_taken_port_is_an_ordinary_error(stand_in: FakeTwilio, product: Product) -> None:
    port = int(stand_in.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        FakeTwilio(
            port=port,
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            whatsapp_from=BOT,
            webhook_url=product.url,
        )


def test_pages_of_strangers_are_kept_out(stand_in: FakeTwilio) -> None:
    faults = f"{stand_in.url}/faults"
    rebound = requests.get(faults, headers={"Host": "rebound.example.com"}, timeout=60)
    sent = requests.post(faults, json=[], headers={"Origin": "http://elsewhere.test"}, timeout=60)
    own = requests.post(faults, json=[], headers={"Origin": stand_in.url}, timeout=60)

    assert [answer.status_code for answer in (rebound, sent, own)] == [403, 403, 201]
