"""Photos that come one after the other, and the words for them, are one message."""

import re
from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced, eventually
from tests.pictures import picture

COLOURS = ("#aa3344", "#33aa44", "#3344aa", "#aaaa44")
ALBUM = [(picture("JPEG", colour=colour), "image/jpeg") for colour in COLOURS]
QUESTION = "What shall I do with it"
WISH = "Build a landing page for my bakery with these"


@pytest.fixture
def stack_settings() -> dict[str, str]:
    return {"ALBUM_SECONDS": "1.5"}


def asks(message: PhoneMessage) -> bool:
    return QUESTION in message.body


def heard(phone: Phone) -> list[str]:
    return [m.body for m in phone.messages() if m.direction == "outbound"]


def paths(stack: Stack) -> list[str]:
    """Where the photos are in the app, in the order in which they were sent."""
    rows = stack.rows("SELECT path FROM attachment ORDER BY received_at")
    return [row["path"] for row in rows]


def shown(message: PhoneMessage) -> list[str]:
    """The photos on the page behind the link, in order."""
    found = re.search(r"http://\S+", message.body)
    assert found
    page = urlopen(found[0]).read().decode()
    return re.findall(r'<img src="(pictures/[^"]+)"', page)


def all_is_read(stack: Stack) -> bool:
    return not stack.rows("SELECT FROM request WHERE closed_at IS NULL")


@pytest.mark.parametrize("captioned", [0, 2])
def test_an_album_with_a_caption_is_one_wish_with_all_photos_in_order(
    stack: Stack, captioned: int
) -> None:
    phone = stack.phone()
    phone.send_album(ALBUM, WISH, captioned=captioned)
    ready = phone.wait_for(announced, 90)

    assert shown(ready) == paths(stack)
    assert len(paths(stack)) == len(ALBUM)
    assert not any(QUESTION in body for body in heard(phone))
    assert stack.rows("SELECT request_text FROM build") == [
        {"request_text": "\n".join([WISH, *(f"[picture: {path}]" for path in paths(stack))])}
    ]
    assert sum(call["role"] == "router" for call in stack.model_calls()) == 1
    eventually(lambda: all_is_read(stack), "every message has ended")
    types = stack.rows("SELECT request_type FROM request ORDER BY accepted_at")
    assert [row["request_type"] for row in types] == ["joined"] * 3 + ["build"]


def test_words_right_behind_an_album_are_for_all_of_it_at_once(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_album(ALBUM)
    phone.say(WISH)
    ready = phone.wait_for(announced, 90)

    assert shown(ready) == paths(stack)
    assert len(paths(stack)) == len(ALBUM)
    assert not any(QUESTION in body for body in heard(phone))
    assert stack.rows("SELECT title FROM project") == [{"title": "My bakery"}]


def test_words_right_before_an_album_are_for_all_of_it(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say(WISH)
    phone.send_album(ALBUM)
    eventually(
        lambda: stack.rows("SELECT FROM change_request"), "the album belongs to what is built"
    )
    stack.let_go()
    ready = phone.wait_for(announced, 90)

    assert shown(ready) == paths(stack)
    assert len(paths(stack)) == len(ALBUM)
    assert len(heard(phone)) == 4, "as many as of a wish without photos"
    assert not any("pictures/" in body for body in heard(phone))


def test_an_album_without_words_is_asked_about_once_and_waits_for_them(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_album(ALBUM)
    phone.wait_for(asks, 30)
    phone.send_album(ALBUM[:2])
    eventually(lambda: all_is_read(stack), "the second one is read")
    assert len(heard(phone)) == 1
    assert stack.model_calls() == []
    phone.say(WISH)
    ready = phone.wait_for(announced, 90)

    assert list(dict.fromkeys(shown(ready))) == list(dict.fromkeys(paths(stack)))
    assert len(set(paths(stack))) == len(ALBUM)
