"""What the user said reaches every role, word for word, whenever they said it."""

import json
from html import unescape

import pytest

from tests.acceptance.stack import Stack, announced, eventually

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser check")]

REQUEST = "Build me a counter for our trip, but ask me first"
CHANGE = "and please add euros, with the names Ana, Ben and Cem"
LATER = "Change the title to Who owes whom"


@pytest.fixture
def stack_settings() -> dict[str, str]:
    """As it is by default: an app is tried in a browser before it is ready."""
    return {"CHECK_APPS": "true"}


def blocks(stack: Stack, since: int) -> dict[str, str]:
    """What each role was sent as `<requirements>`, at last, since that many calls."""
    found: dict[str, str] = {}
    for call in stack.claude.journal.answered()[since:]:
        sent = json.loads(call.body or b"")["messages"]
        texts = [
            block["text"]
            for message in sent
            if message["role"] == "user"
            for block in message["content"]
            if block["type"] == "text" and "<requirements>" in block["text"]
        ]
        if texts:
            block = texts[-1].partition("<requirements>\n")[2].partition("\n</requirements>")[0]
            found[call.role] = unescape(block)
    return found


def states(stack: Stack) -> list[str]:
    rows = stack.rows(
        "SELECT state || coalesce(' in ' || met_in, '') AS state"
        " FROM project, requirements_of(project_id, NULL) ORDER BY number"
    )
    return [row["state"] for row in rows]


def test_all_that_was_said_is_told_to_every_role(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(REQUEST)
    colour = phone.wait_for(lambda m: "Which colour" in m.body, 60)
    phone.say(CHANGE)
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    phone.tap(colour, "Green")
    phone.tap(phone.wait_for(lambda m: "How large" in m.body, 30), "Large")
    first = phone.wait_for(announced, 90)

    told = blocks(stack, 0)
    assert set(told) >= {"orchestrator", "designer", "frontend", "qa", "code_reviewer"}
    for role in ("frontend", "qa", "code_reviewer"):
        for words in (REQUEST, CHANGE, "Which colour shall it have? Green"):
            assert words in told[role], role
    assert REQUEST in told["designer"]
    assert states(stack) == ["met in 1"] * 4

    calls = len(stack.claude.journal.answered())
    phone.say(LATER)
    phone.wait_for(lambda m: "Version 2" in m.body, 90, after=first.position)
    told = blocks(stack, calls)
    assert "1. [does, met in version 1] " + REQUEST in told["orchestrator"]
    for words in (REQUEST, CHANGE, LATER, "Which colour shall it have? Green"):
        assert words in told["frontend"]
    phone.say("undo")
    phone.wait_for(lambda m: "version 1" in m.body, 30)
    assert states(stack) == [*["met in 1"] * 4, "open"]


def test_what_cannot_be_built_and_what_nobody_told_is_said_and_left_visible(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a landing page for my bakery. Let people pay there.")
    ready = phone.wait_for(announced, 90)

    told = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert any("This I can't build:\n- Paying isn't possible" in body for body in told)
    assert "there is a gap on the page:\n- the address" in ready.body
    block = blocks(stack, 0)["code_reviewer"]
    assert "2. [does, left out] Let people pay there." in block
    gap = "unless a requirement or a paper does now, a gap is to be seen there: the address"
    assert gap in block
    assert states(stack) == ["met in 1", "left out"]


def test_a_stopped_change_binds_nobody_who_asked_for_something_else(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 90)
    stack.hold_model("frontend")
    phone.say("Make it red")
    eventually(
        lambda: stack.rows("SELECT FROM build WHERE phase = 'implementation' AND plan IS NOT NULL"),
        "it is changed",
    )
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()
    calls = len(stack.claude.journal.answered())
    phone.say(LATER)
    phone.wait_for(lambda m: "Version" in m.body, 90, after=stopped.position)

    told = blocks(stack, calls)
    assert "Make it red" not in told["frontend"]
    assert LATER in told["frontend"]
    assert "Make it red" not in told["orchestrator"]
    assert "<given_up>\nMake it red\n</given_up>" in stack.brief_of("orchestrator")
    assert states(stack) == ["met in 1", "open", "open"], "no list proves the title"


def test_a_request_that_could_not_be_planned_is_one_requirement(stack: Stack) -> None:
    stack.fail_model("refusal", "orchestrator")
    phone = stack.phone()
    phone.say("Build me a counter. It shall be green.")
    phone.wait_for(announced, 90)

    assert "1. [does, open] Build me a counter. It shall be green." in blocks(stack, 0)["qa"]
    assert states(stack) == ["met in 1"]
