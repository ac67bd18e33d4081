"""Faults of the Twilio stand-in, as Twilio's own client and a webhook of ours see them."""

from collections.abc import Iterator

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bot.sandbox.twilio.phone.client import Phone
from bot.sandbox.twilio.server import FakeTwilio
from tests.integration.twilio_stand_in import (
    BOT,
    USER,
    Product,
    fail,
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


def test_a_fault_before_accepting_leaves_nothing_behind(
    stand_in: FakeTwilio, client: Client, phone: Phone
) -> None:
    fail(stand_in, code=20429)
    with pytest.raises(TwilioRestException) as failure:
        client.messages.create(to=USER, from_=BOT, body="Hello")

    assert (failure.value.status, failure.value.code) == (429, 20429)
    assert phone.messages() == []
    client.messages.create(to=USER, from_=BOT, body="Hello")
    assert len(phone.messages()) == 1


@pytest.mark.lengthy
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, TwilioRestException),
        ({"drop": True}, requests.ConnectionError),
        ({"hang_seconds": 30}, requests.ReadTimeout),
    ],
)
def test_a_fault_after_accepting_leaves_the_message_on_its_way(
    stand_in: FakeTwilio,
    client: Client,
    phone: Phone,
    fault: dict[str, object],
    error: type[Exception],
) -> None:
    fail(stand_in, when="after", **fault)
    if error is requests.ReadTimeout:
        client = make_client(stand_in.url, timeout=1.0)
    with pytest.raises(error):
        client.messages.create(to=USER, from_=BOT, body="Hello")

    assert phone.wait_for(lambda message: message.body == "Hello", 60).arrived
    assert len(client.messages.list(to=USER)) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"code": 63016}, ["sent", "undelivered"]),
        ({"code": 63024, "outcome": "failed"}, ["failed"]),
        ({"callbacks": "reversed"}, ["read", "delivered", "sent"]),
        ({"callbacks": "doubled"}, ["sent", "delivered", "read"] * 2),
    ],
)
def test_a_fault_at_delivery_shows_in_the_callbacks(
    stand_in: FakeTwilio,
    client: Client,
    product: Product,
    fault: dict[str, object],
    expected: list[str],
) -> None:
    fail(stand_in, when="delivery", **fault)
    callback = f"{product.url}/webhooks/status"
    client.messages.create(to=USER, from_=BOT, body="Hello", status_callback=callback)

    until(lambda: len(product.statuses) == len(expected))
    assert [form["MessageStatus"] for form in product.statuses] == expected
    if "code" in fault:
        assert product.statuses[-1]["ErrorCode"] == str(fault["code"])


def test_callbacks_can_be_left_out(
    stand_in: FakeTwilio, client: Client, product: Product, phone: Phone
) -> None:
    fail(stand_in, when="delivery", callbacks="none")
    callback = f"{product.url}/webhooks/status"
    client.messages.create(to=USER, from_=BOT, body="Hello", status_callback=callback)

    until(lambda: statuses(phone) == ["read"])
    assert product.statuses == []


def test_faults_can_be_seen_and_cleared_and_nonsense_is_refused(stand_in: FakeTwilio) -> None:
    faults = f"{stand_in.url}/faults"
    fail(stand_in, status=500, times=3)

    assert [fault["times"] for fault in requests.get(faults, timeout=60).json()] == [3]
    assert requests.post(faults, json=[{"wrong": 1}], timeout=60).status_code == 400
    assert requests.delete(faults, timeout=60).status_code == 204
    assert requests.get(faults, timeout=60).json() == []
