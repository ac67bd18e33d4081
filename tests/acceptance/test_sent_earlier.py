"""A file that was sent for an app is there for its next build, however the one before ended."""

import pytest

from bot.sandbox.twilio.phone.client import PhoneMessage
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_quoted_files import shown
from tests.pictures import picture

CAPTION = "Make it green, as in this screenshot"


def path_of_photo(stack: Stack) -> str:
    (path,) = (row["path"] for row in stack.rows("SELECT DISTINCT path FROM attachment"))
    return str(path)


def photo_given_up(stack: Stack, end: str) -> PhoneMessage:
    """An app that is online and lacks the photo that was sent for a change of it."""
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 90)
    if end == "stop":
        stack.hold_model("frontend")
        phone.send_file(picture(), "image/png", CAPTION)
        placed = "SELECT FROM workspace_file WHERE path LIKE 'pictures/%'"
        eventually(lambda: stack.rows(placed), "the change is being made")
        stack.await_call("frontend")
        phone.say("stop")
        told = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30, after=first.position)
        stack.let_go()
    else:
        phone.send_file(picture(), "image/png", CAPTION)
        second = phone.wait_for(announced, 90, after=first.position)
        phone.say("undo")
        told = phone.wait_for(lambda m: "http://" in m.body, 30, after=second.position)
    assert stack.rows("SELECT FROM workspace_file WHERE path LIKE 'pictures/%'") == []
    phone.say("Make it blue, with my photo from before")
    return phone.wait_for(announced, 90, after=told.position)


@pytest.mark.parametrize("end", ["stop", "undo"])
def test_a_photo_of_a_change_that_came_to_nothing_is_there_for_the_next_one(
    stack: Stack, end: str
) -> None:
    ready = photo_given_up(stack, end)

    assert shown(ready) == [path_of_photo(stack)]
    (brief,) = stack.rows(
        "SELECT opening FROM agent WHERE agent_type = 'frontend' ORDER BY spawned_at DESC LIMIT 1"
    )
    assert f"{path_of_photo(stack)}, with the words: {CAPTION}" in brief["opening"]


def test_a_photo_that_nobody_asks_for_again_stays_out(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 90)
    phone.send_file(picture(), "image/png", CAPTION)
    second = phone.wait_for(announced, 90, after=first.position)
    phone.say("undo")
    undone = phone.wait_for(lambda m: "http://" in m.body, 30, after=second.position)
    phone.say("Make it blue")
    phone.wait_for(announced, 90, after=undone.position)

    held = stack.rows("SELECT number FROM version_file WHERE path LIKE 'pictures/%'")
    assert held == [{"number": 2}]
