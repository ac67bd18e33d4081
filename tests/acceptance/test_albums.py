"""Photos that come one after the other, and the words for them, are one message."""

import re
from datetime import timedelta
from urllib.request import urlopen

import psycopg
import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from bot.verification.promises import check_promises
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.forked_program import run_forked
from tests.pictures import picture

COLOURS = ("#aa3344", "#33aa44", "#3344aa", "#aaaa44")
ALBUM = [(picture("JPEG", colour=colour), "image/jpeg") for colour in COLOURS]
QUESTION = "What shall I do with it"
WISH = "Build a landing page for my bakery with these"


@pytest.fixture
def stack_settings() -> dict[str, str]:
    """However slow the machine is, the photos come in time; `patience_ends` lets that pass."""
    return {"ALBUM_SECONDS": "60"}


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
    page = urlopen(link_in(message)).read().decode()
    return re.findall(r'<img src="(pictures/[^"]+)"', page)


def broken_promises(stack: Stack) -> list[str]:
    with psycopg.connect(stack.database_url) as connection:
        promises = check_promises(connection, grace=timedelta())
    return [promise.name for promise in promises if promise.faults]


def waiting(stack: Stack) -> int:
    """How many messages wait for what follows them."""
    rows = stack.rows(
        "SELECT FROM inbound_message JOIN request USING (request_id)"
        " WHERE awaits_more_until IS NOT NULL AND status = 'accepted'"
    )
    return len(rows)


def patience_ends(stack: Stack, photos: int) -> None:
    """Let the time pass for which an album waits, once so many of its photos are read."""
    gathered = (
        "SELECT FROM inbound_message AS said JOIN inbound_message AS last USING (request_id)"
        " JOIN request USING (request_id)"
        " WHERE last.awaits_more_until > now() AND request.status = 'accepted'"
    )
    eventually(lambda: len(stack.rows(gathered)) == photos, f"{photos} photos wait for more")
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            "UPDATE inbound_message SET awaits_more_until = now()"
            " WHERE awaits_more_until > now() AND awaits_more_until <> 'infinity'"
        )
        connection.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = now()"
            " WHERE task_name = 'wake_reader' AND status = 'todo'"
        )


def all_is_read(stack: Stack) -> bool:
    return not stack.rows("SELECT FROM request WHERE closed_at IS NULL")


@pytest.mark.parametrize("captioned", [0, 2])
def test_an_album_with_a_caption_is_one_wish_with_all_photos_in_order(
    stack: Stack, captioned: int
) -> None:
    phone = stack.phone()
    phone.send_album(ALBUM, WISH, captioned=captioned)
    patience_ends(stack, len(ALBUM))
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


def test_a_text_file_is_no_words_and_belongs_to_those_that_follow(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_file(picture(), "image/png")
    phone.send_file(b"Rosa;3 loaves\n", "text/csv", "orders.csv")
    phone.say("Build me a counter from this list")
    phone.wait_for(announced, 90)

    (built,) = stack.rows("SELECT request_text FROM build")
    lines = built["request_text"].splitlines()
    assert (lines[0], lines[2:]) == (
        "Build me a counter from this list",
        ["[file: files/orders.csv]"],
    )
    assert lines[1].startswith("[picture: pictures/")
    assert sum(call["role"] == "router" for call in stack.model_calls()) == 1


def test_words_right_before_an_album_are_for_all_of_it(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say(WISH)
    phone.send_album(ALBUM)
    patience_ends(stack, len(ALBUM))
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
    patience_ends(stack, len(ALBUM))
    phone.wait_for(asks, 30)
    phone.send_album(ALBUM[:2])
    patience_ends(stack, 2)
    eventually(lambda: all_is_read(stack), "the second one is read")
    assert len(heard(phone)) == 1
    assert stack.model_calls() == []
    phone.say(WISH)
    ready = phone.wait_for(announced, 90)

    assert list(dict.fromkeys(shown(ready))) == list(dict.fromkeys(paths(stack)))
    assert len(set(paths(stack))) == len(ALBUM)


def test_two_albums_in_a_row_are_two_wishes(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_album(ALBUM[:2], "Build me a counter with these")
    phone.send_album(ALBUM[2:], "Build me a quiz with these")
    patience_ends(stack, 2)
    first = phone.wait_for(announced, 90)
    second = phone.wait_for(announced, 90, after=first.position)

    pages = {tuple(shown(first)), tuple(shown(second))}
    assert pages == {tuple(paths(stack)[:2]), tuple(paths(stack)[2:])}
    assert not any(QUESTION in body for body in heard(phone))


def test_what_a_pause_held_back_is_read_in_the_order_in_which_it_was_sent(stack: Stack) -> None:
    phone = stack.phone()
    operate(stack, "pause")
    phone.send_album(ALBUM[:2], "Build me a counter with these")
    phone.send_album(ALBUM[2:], "Build me a quiz with these", captioned=0)
    phone.say("help")
    long_ago(stack, minutes=5)
    phone.say("Build me a todo app")
    long_ago(stack, minutes=5)
    operate(stack, "resume")
    eventually(lambda: all_is_read(stack), "every message has ended")

    built = stack.rows("SELECT request_text FROM build ORDER BY created_at")
    asked = [row["request_text"].splitlines() for row in built]
    assert [lines[0] for lines in asked] == [
        "Build me a counter with these",
        "Build me a quiz with these",
        "Build me a todo app",
    ]
    photos = [f"[picture: {path}]" for path in paths(stack)]
    assert [lines[1:] for lines in asked] == [photos[:2], photos[2:], []]
    assert broken_promises(stack) == []


def operate(stack: Stack, act: str) -> None:
    done = run_forked(["bot.cli.main", act, "intake"], stack.environment)
    assert done.returncode == 0, done.stderr


def long_ago(stack: Stack, *, minutes: int) -> None:
    """Let all that was sent until now have been sent so much earlier."""
    with psycopg.connect(stack.database_url) as connection:
        for table, column in (("request", "accepted_at"), ("inbound_message", "received_at")):
            connection.execute(
                f"UPDATE {table} SET {column} = {column} - {minutes} * interval '1 minute'".encode()
            )


def test_an_album_is_one_change_of_what_is_built(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say("Build me a counter")
    stack.await_call("frontend")
    phone.send_album(ALBUM[:3], "Make it blue, as in these")
    patience_ends(stack, 3)
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    stack.let_go()
    phone.wait_for(announced, 90)

    (change,) = stack.rows("SELECT body FROM change_request")
    assert change["body"].count("[picture: ") == 3
    held = stack.rows("SELECT path FROM version_file WHERE path LIKE 'pictures/%'")
    assert {row["path"] for row in held} == set(paths(stack))


def test_an_album_is_the_answer_to_a_question(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter, but ask me first")
    phone.wait_for(lambda m: "Which colour" in m.body, 60)
    phone.send_album(ALBUM[:2])
    patience_ends(stack, 2)
    phone.wait_for(lambda m: "How large" in m.body, 30)

    (answer,) = stack.rows("SELECT answer FROM question WHERE answer IS NOT NULL")
    assert answer["answer"].splitlines() == [f"[picture: {path}]" for path in paths(stack)]
    held = stack.rows("SELECT path FROM workspace_file WHERE path LIKE 'pictures/%'")
    assert {row["path"] for row in held} == set(paths(stack))


def test_an_album_survives_a_crash_and_repeated_webhooks(stack: Stack) -> None:
    phone = stack.phone()
    (first,) = phone.send_album(ALBUM[:1])
    eventually(lambda: waiting(stack) == 1, "the first photo waits")
    stack.disturb().kill("worker")
    phone.say("", message_sid=first)
    others = phone.send_album(ALBUM[1:], WISH, captioned=1)
    phone.say("", message_sid=others[-1])
    stack.start_worker()
    patience_ends(stack, len(ALBUM))
    ready = phone.wait_for(announced, 90)

    assert shown(ready) == paths(stack)
    assert len(paths(stack)) == len(ALBUM)
    assert not any(QUESTION in body for body in heard(phone))
    eventually(lambda: all_is_read(stack), "every message has ended")
    eventually(lambda: broken_promises(stack) == [], "every promise holds")


def test_who_is_forgotten_meanwhile_leaves_no_photo(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "It cannot be undone" in m.body, 30)
    phone.send_album(ALBUM[:2])
    eventually(lambda: waiting(stack) >= 1, "a photo waits")
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 30)

    eventually(lambda: not stack.rows("SELECT FROM contact"), "they are forgotten")
    assert stack.rows("SELECT FROM attachment") == []
    eventually(lambda: broken_promises(stack) == [], "every promise holds")
    assert not any(QUESTION in body for body in heard(phone))
