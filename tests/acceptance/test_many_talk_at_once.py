"""Twenty users talk, state things and send pictures at once: what is one's reaches no other."""

import re
from secrets import token_hex

import pytest

from tests.acceptance.messages import saying
from tests.acceptance.stack import Stack, eventually
from tests.pictures import picture

USERS = 20
CANARY = re.compile(r"canary[0-9a-f]{8}")

# Everything that is kept of what users said, and of what was said to them, with its user.
TEXTS = {
    "messages": "SELECT user_id, body FROM inbound_message",
    "answers": "SELECT user_id, body FROM outbox",
    "facts": "SELECT user_id, fact FROM remembered",
}


@pytest.mark.timeout(400)
def test_talk_memory_and_pictures_of_one_user_reach_no_other(stack: Stack) -> None:
    canaries = [f"canary{token_hex(4)}" for _ in range(USERS)]
    phones = [stack.phone() for _ in canaries]
    for number, (phone, canary) in enumerate(zip(phones, canaries, strict=True)):
        phone.say(f"My name is {canary}.")
        phone.send_file(picture(colour=f"#0000{number:02x}"), "image/png")
        phone.say("Do you remember my name?")
    for phone, canary in zip(phones, canaries, strict=True):
        phone.wait_for(saying(f"My name is {canary}"), 150)
        phone.wait_for(lambda m: "What shall I do with it" in m.body, 150)
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"),
        "every request is over",
    )

    owners = {
        row["fact"].removeprefix("My name is "): row["user_id"]
        for row in stack.rows("SELECT user_id, fact FROM remembered")
    }
    assert owners.keys() == set(canaries)
    for what, query in TEXTS.items():
        for row in stack.rows(query):
            user_id, text = row.values()
            assert {owners[canary] for canary in CANARY.findall(text)} <= {user_id}, what
    for phone, canary in zip(phones, canaries, strict=True):
        said = " ".join(m.body for m in phone.messages() if m.direction == "outbound")
        assert set(CANARY.findall(said)) == {canary}
    pictures = stack.rows("SELECT user_id, encode(sha256, 'hex') AS sha256 FROM attachment")
    assert len({row["sha256"] for row in pictures}) == USERS
    assert len({row["user_id"] for row in pictures}) == USERS
    assert stack.rows("SELECT 1 FROM build") == []
