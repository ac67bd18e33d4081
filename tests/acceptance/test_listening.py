"""What a user says during a build is read at once: worked in now, or in the next version."""

from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually

# Requests that no record of their trace told of while they were open.
UNSEEN = """
SELECT 1 FROM request WHERE NOT EXISTS (
    SELECT FROM records_all WHERE records_all.trace_id = request.trace_id
        AND kind = 'pending_span' AND span_name = 'user_request')
"""


@pytest.fixture
def phone(stack: Stack) -> Phone:
    return stack.phone()


def page_of(message: PhoneMessage) -> bytes:
    with urlopen(link_in(message)) as answer:
        content: bytes = answer.read()
        return content


def is_in(stack: Stack, phase: str) -> bool:
    return bool(
        stack.rows(
            "SELECT 1 FROM build WHERE status = 'running' AND phase = %(phase)s", {"phase": phase}
        )
    )


def changes(stack: Stack) -> list[tuple[str, str | None]]:
    """The changes of the latest build's project: their words, and the role that has read them."""
    rows = stack.rows(
        "SELECT body, agent_type FROM change_request"
        " LEFT JOIN agent ON agent_id = applied_agent_id"
        " WHERE build_id = (SELECT build_id FROM build ORDER BY created_at DESC LIMIT 1)"
        " ORDER BY change_id"
    )
    return [(row["body"], row["agent_type"]) for row in rows]


def is_noted(stack: Stack, words: str) -> bool:
    """Whether a change waits for its turn."""
    return bool(stack.rows("SELECT FROM change_request WHERE body = %(words)s", {"words": words}))


def test_a_change_during_a_build_is_worked_in_at_once(stack: Stack, phone: Phone) -> None:
    stack.hold_model("frontend")
    phone.say("Build me a counter")
    eventually(lambda: is_in(stack, "implementation"), "the code is written")
    phone.say("Change the title to Laps")

    phone.wait_for(lambda m: m.body == "Got it, adding that to *Counter* now.", 30)
    stack.let_go()
    ready = phone.wait_for(announced, 60)

    assert "Version" not in ready.body
    assert b"<h1>Laps</h1>" in page_of(ready)
    assert changes(stack) == [("Change the title to Laps", "frontend")]
    assert len(stack.rows("SELECT 1 FROM version JOIN project USING (project_id)"
                          " WHERE title = 'Counter'")) == 1  # fmt: skip


def test_several_in_a_burst_are_read_together_in_order(stack: Stack, phone: Phone) -> None:
    stack.hold_model("designer")
    phone.say("Build me a quiz")
    eventually(lambda: is_in(stack, "design"), "it is designed")
    said = ["Change the title to Capitals", "Make it green", "Change the title to Rivers"]
    for words in said:
        phone.say(words)
    eventually(lambda: len(changes(stack)) == len(said), "all are noted")
    stack.let_go()
    ready = phone.wait_for(announced, 60)

    assert changes(stack) == [(words, "frontend") for words in said]
    assert len(stack.rows("SELECT DISTINCT applied_turn FROM change_request WHERE body = ANY"
                          " (%(said)s)", {"said": said})) == 1  # fmt: skip
    page = page_of(ready)
    assert b"<h1>Rivers</h1>" in page
    assert b"Capitals" not in page
    documents = stack.rows("SELECT document FROM handoff ORDER BY created_at DESC LIMIT 1")
    assert documents[0]["document"]["messages"] == ["Build me a quiz", *said]


def test_who_judges_an_app_reads_what_was_said_while_it_was_built(
    stack: Stack, phone: Phone
) -> None:
    stack.hold_model("frontend")
    phone.say("Build me a counter")
    eventually(lambda: is_in(stack, "implementation"), "the code is written")
    phone.say("Change the title to Laps")
    eventually(lambda: changes(stack), "it is noted")
    stack.let_go()
    phone.wait_for(announced, 60)

    for words in ("Build me a counter", "Change the title to Laps"):
        assert words in stack.brief_of("code_reviewer")


def test_what_comes_too_late_becomes_the_next_version(stack: Stack, phone: Phone) -> None:
    stack.hold_model("code_reviewer")
    phone.say("Build me a todo app")
    eventually(lambda: is_in(stack, "review"), "it is judged")
    phone.say("Change the title to Chores")
    phone.say("Make it green")

    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    eventually(lambda: is_noted(stack, "Make it green"), "both are read")
    stack.hold_model("frontend")  # of the next version
    first = phone.wait_for(announced, 60)
    assert b"Chores" not in page_of(first)
    stack.let_go()
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert b"<h1>Chores</h1>" in page_of(second)
    assert changes(stack) == [("Make it green", "frontend")]
    assert [m.body for m in phone.messages() if "Version 3" in m.body] == []


def test_try_again_takes_up_a_stopped_change_and_what_was_queued_behind_it(
    stack: Stack, phone: Phone
) -> None:
    phone.say("Build me a todo app")
    first = phone.wait_for(announced, 60)
    stack.claude.journal.clear()
    stack.hold_model("frontend")
    phone.say("Change the title to Chores")
    stack.await_call("frontend")
    stack.rows("UPDATE build SET takes_changes = false WHERE status = 'running' RETURNING 1")
    phone.say("Make it green")
    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30, after=first.position)
    phone.say("try again")
    phone.wait_for(lambda m: "where I left off" in m.body, 30, after=stopped.position)
    stack.let_go()

    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=stopped.position)
    third = phone.wait_for(lambda m: "Version 3" in m.body, 60, after=second.position)
    assert b"<h1>Chores</h1>" in page_of(third)
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"), "all is at an end"
    )
    eventually(lambda: not stack.rows(UNSEEN), "each was visible in its trace from its beginning")


def test_a_change_survives_a_killed_worker(stack: Stack, phone: Phone) -> None:
    stack.hold_model("frontend")
    phone.say("Build me a calculator")
    eventually(lambda: is_in(stack, "implementation"), "the code is written")
    phone.say("Change the title to Sums")
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    stack.disturb().kill("worker")
    stack.let_go()
    stack.start_worker()

    assert b"<h1>Sums</h1>" in page_of(phone.wait_for(announced, 90))
    assert changes(stack) == [("Change the title to Sums", "frontend")]


def test_a_change_waits_for_a_stopped_build_to_go_on(stack: Stack, phone: Phone) -> None:
    stack.hold_model("designer")
    phone.say("Build me a counter")
    eventually(lambda: is_in(stack, "design"), "it is designed")
    phone.say("Change the title to Steps")
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()
    phone.say("try again")

    ready = phone.wait_for(announced, 60, after=stopped.position)
    assert b"<h1>Steps</h1>" in page_of(ready)
