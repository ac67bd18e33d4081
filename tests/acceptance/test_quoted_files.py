"""Whoever replies to what they sent means that: it belongs to what they ask for."""

import re
from urllib.request import urlopen

import psycopg
import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.pictures import picture

COLOURS = ("#aa3344", "#33aa44", "#3344aa")
WISH = "Build a landing page for my bakery with this logo"


def sent(phone: Phone, sid: str) -> PhoneMessage:
    """A message of the user's own, to reply to."""
    return next(message for message in phone.messages() if message.sid == sid)


def send_photo(phone: Phone) -> tuple[PhoneMessage, PhoneMessage]:
    """A photo without a word, and the question about it."""
    after = max((message.position for message in phone.messages()), default=0)
    sid = phone.send_file(picture(), "image/png")
    asked = phone.wait_for(lambda m: "What shall I do with it" in m.body, 30, after=after)
    return sent(phone, sid), asked


def long_ago(stack: Stack) -> None:
    """Let all that was said until now have been said two days earlier."""
    columns = (
        ("request", "accepted_at"),
        ("inbound_message", "received_at"),
        ("attachment", "received_at"),
        ("outbox", "created_at"),
    )
    eventually(lambda: not stack.rows("SELECT FROM request WHERE closed_at IS NULL"), "it is over")
    with psycopg.connect(stack.database_url) as connection:
        for table, column in columns:
            connection.execute(
                f"UPDATE {table} SET {column} = {column} - interval '2 days'".encode()
            )


def shown(message: PhoneMessage) -> list[str]:
    """The photos on the page behind the link, in order."""
    return re.findall(r'<img src="(pictures/[^"]+)"', urlopen(link_in(message)).read().decode())


@pytest.mark.parametrize("quotes", ["the photo", "the question about it"])
def test_a_photo_that_is_replied_to_comes_along_however_old_it_is(
    stack: Stack, quotes: str
) -> None:
    phone = stack.phone()
    photo, asked = send_photo(phone)
    long_ago(stack)
    phone.say(WISH, quoting=photo if quotes == "the photo" else asked)
    ready = phone.wait_for(announced, 90)

    (path,) = (row["path"] for row in stack.rows("SELECT path FROM attachment"))
    assert shown(ready) == [path]
    named = f"{WISH}\n[picture: {path}]"
    assert stack.rows("SELECT request_text FROM build") == [{"request_text": named}]
    assert {"body": named} in stack.rows("SELECT body FROM inbound_message")


def test_a_doubtful_wish_that_replies_to_a_photo_is_built_with_it(stack: Stack) -> None:
    phone = stack.phone()
    photo, asked = send_photo(phone)
    long_ago(stack)
    phone.say("A counter would be nice", quoting=photo)
    phone.wait_for(lambda m: "just talking" in m.body, 30, after=asked.position)
    phone.say("yes")
    ready = phone.wait_for(announced, 90)

    assert shown(ready) == [row["path"] for row in stack.rows("SELECT path FROM attachment")]


def test_of_several_photos_in_an_app_the_crew_is_told_which_one_is_meant(stack: Stack) -> None:
    phone = stack.phone()
    sids = [phone.send_file(picture(colour=one), "image/png") for one in COLOURS]
    eventually(lambda: len(stack.rows("SELECT FROM attachment")) == 3, "all are taken in")
    phone.say(WISH)
    ready = phone.wait_for(announced, 90)
    paths = [row["path"] for row in stack.rows("SELECT path FROM attachment ORDER BY received_at")]
    phone.say("Make it blue like this one", quoting=sent(phone, sids[1]))
    phone.wait_for(announced, 90, after=ready.position)

    (change,) = stack.rows("SELECT request_text FROM build ORDER BY created_at OFFSET 1")
    assert change["request_text"] == f"Make it blue like this one\n[picture: {paths[1]}]"
    latest = [call for call in stack.model_calls() if call["role"] == "frontend"][-1]
    assert latest["pictures"] == 1


def test_a_photo_of_one_app_is_for_another_too(stack: Stack) -> None:
    phone = stack.phone()
    photo, _ = send_photo(phone)
    phone.say(WISH, quoting=photo)
    first = phone.wait_for(announced, 90)
    phone.say("Build me a quiz with this photo", quoting=photo)
    second = phone.wait_for(announced, 90, after=first.position)

    assert shown(second) == shown(first) != []
    with urlopen(link_in(second) + shown(second)[0]) as answer:
        assert answer.headers["Content-Type"] == "image/png"
    owners = stack.rows("SELECT count(DISTINCT project_id) AS n FROM attachment")
    assert owners == [{"n": 2}]


def test_a_place_that_is_replied_to_is_part_of_the_wish(stack: Stack) -> None:
    phone = stack.phone()
    sid = phone.send_place(52.5, 13.4, "Rosa's bakery")
    phone.wait_for(lambda m: m.direction == "outbound", 30)
    long_ago(stack)
    phone.say("Build a landing page for my bakery here", quoting=sent(phone, sid))
    phone.wait_for(announced, 90)

    (built,) = stack.rows("SELECT request_text FROM build")
    assert "\n[place: Rosa's bakery, 52.5, 13.4, " in built["request_text"]
