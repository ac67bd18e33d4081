"""Places, contacts, stickers and all that is neither words nor material, over the real webhook."""

from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.phone.client import MessageNotDelivered, PhoneMessage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.pictures import picture

CANARY = "Quizzaciously"
CARD = (
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{CANARY} Baker\r\n"
    "TEL;type=CELL;waid=15550100:+1 555 0100\r\nEND:VCARD\r\n"
).encode()
MAP = "https://www.openstreetmap.org/?mlat=52.5&amp;mlon=13.4"


def page_of(message: PhoneMessage) -> str:
    return str(urlopen(link_in(message)).read(), "utf-8")


def ended(stack: Stack, count: int) -> bool:
    rows = stack.rows("SELECT FROM request WHERE closed_at IS NOT NULL")
    return len(rows) == count


def told(stack: Stack) -> list[str]:
    return [row["body"] for row in stack.rows("SELECT body FROM outbox ORDER BY id")]


def test_a_place_is_on_the_page_with_its_map(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_place(52.5, 13.4, f"{CANARY} Bakery", "Main Street 1")
    phone.wait_for(lambda m: m.body.startswith("Got the place."), 30)
    phone.say("Build a page that shows where we are")
    ready = phone.wait_for(announced, 90)

    page = page_of(ready)
    assert f"{CANARY} Bakery, Main Street 1" in page
    assert f'href="{MAP}"' in page
    for role in ("orchestrator", "frontend"):
        assert "Main Street 1, 52.5, 13.4" in stack.brief_of(role)
    recorded = stack.rows(
        "SELECT FROM records WHERE attributes::text LIKE %(canary)s", {"canary": f"%{CANARY}%"}
    )
    assert recorded == [], "no span says where anybody is"


@pytest.mark.parametrize(
    ("wish", "is_shown"),
    [("Build a page with this phone number", True), ("Build me a counter", False)],
)
def test_a_contact_is_on_the_page_only_where_the_wish_is_about_it(
    stack: Stack, wish: str, is_shown: bool
) -> None:
    phone = stack.phone()
    phone.send_contact(CARD)
    phone.wait_for(lambda m: "I use it only if you tell me what for" in m.body, 30)
    phone.say(wish)
    ready = phone.wait_for(announced, 90)

    assert ("+1 555 0100" in page_of(ready)) is is_shown
    asked_for = stack.rows("SELECT words FROM requirement WHERE words LIKE '[contact%'")
    assert asked_for == [], "it is nothing that the app has to have"


def test_a_contact_right_after_a_wish_is_no_part_of_it(stack: Stack) -> None:
    stack.hold_model("orchestrator")
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.send_contact(CARD)
    phone.wait_for(lambda m: "I use it only if you tell me what for" in m.body, 30)
    stack.let_go()
    phone.wait_for(announced, 90)

    assert stack.rows("SELECT FROM change_request") == []


def test_what_is_no_material_becomes_none(stack: Stack) -> None:
    phone = stack.phone()
    phone.send_sticker(picture("WEBP"))
    liked = phone.wait_for(lambda m: m.body.startswith("I like that one!"), 30)
    phone.react(liked, "👍")
    phone.send_other("unsupported")
    phone.send_other("poll", "Build me an app?")
    eventually(lambda: ended(stack, 4), "each has ended")

    assert [body.split(".")[0] for body in told(stack)] == [
        "I like that one! What you'd like built, please tell me in words"
    ], "the same kind of answer is given once in a row"
    assert stack.model_calls() == []
    assert stack.rows("SELECT FROM attachment") == []
    assert stack.rows("SELECT FROM project") == []
    roots = (
        "SELECT attributes->>'request_type' AS type FROM records WHERE span_name = 'user_request'"
    )
    eventually(lambda: len(stack.rows(roots)) >= 4, "their traces are closed")
    assert {row["type"] for row in stack.rows(roots)} >= {"talk"}


def test_a_sticker_of_an_outage_is_no_picture(stack: Stack) -> None:
    phone = stack.phone()
    stack.disturb().kill("web")
    with pytest.raises(MessageNotDelivered):
        phone.send_sticker(picture("WEBP"))
    stack.start_web()

    assert stack.reconcile() == "1 taken in."
    phone.wait_for(lambda m: m.body.startswith("I can't read that kind of message"), 30)
    assert stack.rows("SELECT FROM attachment") == []
