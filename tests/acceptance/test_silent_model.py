"""When the model says nothing: nobody is muted, and what could not be read is read later."""

from collections.abc import Iterator

import pytest

from bot.messages import voice_texts
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.speech.server import FakeTranscriber
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_forgetting import forgotten
from tests.voice_notes import ScriptedEars, settings_of


@pytest.fixture
def stack_settings() -> dict[str, str]:
    return {"READING_SECONDS": "1.5", "MODEL_FIRST_EVENT_SECONDS": "1"}


@pytest.fixture
def patient(lender: Lender) -> Iterator[Stack]:
    """A system that gives the model as much time as by default."""
    with lender.lend({}) as stack:
        yield stack


def user_whose_wish_is_not_read(stack: Stack) -> Phone:
    """Let a user ask for an app while the model says nothing, and be told that it is not read."""
    stack.claude.faults.add([ClaudeFault(fault="hang", role="router", times=99)])
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(lambda m: m.body.startswith("I can't read your message right now"), 30)
    return phone


def test_words_that_need_no_model_are_answered_while_a_message_is_being_read(
    patient: Stack,
) -> None:
    stack = patient
    stack.hold_model("router")
    phone = stack.phone()
    hello = phone.say("Hello, tell me about the sea")
    stack.await_call("router")

    phone.say("help")
    phone.wait_for(lambda m: "*stop*" in m.body, 30)
    phone.say("status")
    phone.wait_for(lambda m: m.body == "I'm still reading your last message.", 30)

    assert stack.rows(
        "SELECT status FROM request JOIN inbound_message USING (request_id)"
        " WHERE message_sid = %(sid)s",
        {"sid": hello},
    ) == [{"status": "accepted"}]
    told = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert len(told) == len(set(told)), "each is answered once"


def test_who_cannot_be_read_hears_so_once_and_is_read_when_the_model_is_back(stack: Stack) -> None:
    stack.claude.faults.add([ClaudeFault(fault="hang", role="router", times=99)])
    phone = stack.phone()
    phone.send_file(b"no picture", "image/jpeg", "Build me a counter")
    phone.wait_for(lambda m: m.body.startswith("I can't read your message right now"), 30)
    eventually(
        lambda: stack.rows("SELECT 1 FROM procrastinate_jobs WHERE attempts >= 2"), "it is tried on"
    )
    stack.claude.faults.clear()

    phone.wait_for(announced, 60)

    told = [row["kind"] for row in stack.rows("SELECT kind FROM outbox ORDER BY id")]
    assert told[:2] == ["excuse", "unread"], "what was wrong with the picture is said as well"
    assert (told.count("excuse"), told.count("unread")) == (1, 1)
    assert stack.rows("SELECT status FROM request") == [{"status": "completed"}]


def test_who_is_not_heard_is_told_so_soon_and_what_they_write_is_read_meanwhile(
    lender: Lender, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    with lender.lend({**settings_of(transcriber), "READING_SECONDS": "1.5"}) as stack:
        phone = stack.phone()
        with ears.held():
            phone.send_file(ears.note("Build me a counter"), "audio/ogg; codecs=opus")
            told = phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
            phone.say("What is the sea?")
            phone.wait_for(lambda m: True, 30, after=told.position)
        phone.wait_for(lambda m: m.body == "I heard: “Build me a counter”", 60)
        phone.wait_for(announced, 60)

        outcomes = "SELECT DISTINCT outcome FROM model_call WHERE operation = 'transcribe'"
        assert {row["outcome"] for row in stack.rows(outcomes)} == {"CancelledError", "clear"}


def test_who_wants_to_be_forgotten_need_not_wait_for_the_model(stack: Stack) -> None:
    phone = user_whose_wish_is_not_read(stack)
    phone.say("forget me")
    forgotten(stack, phone)
    stack.claude.faults.clear()

    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten")
    assert stack.rows("SELECT 1 FROM request") == []
    assert stack.rows("SELECT 1 FROM project") == []


def test_a_stop_takes_back_what_could_not_be_read(stack: Stack) -> None:
    phone = user_whose_wish_is_not_read(stack)
    phone.say("stop")
    phone.wait_for(lambda m: m.body.startswith("Nothing is being built right now"), 30)
    stack.claude.faults.clear()

    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"), "all is at an end"
    )
    assert stack.rows("SELECT 1 FROM build") == []


def test_who_wants_no_more_messages_need_not_wait_for_the_model(stack: Stack) -> None:
    phone = user_whose_wish_is_not_read(stack)
    phone.say("export")
    phone.wait_for(lambda m: m.body.startswith("What shall I build next?"), 30)
    phone.say("unsubscribe")
    phone.wait_for(lambda m: m.body.startswith("You get no more messages from me"), 30)
    stack.claude.faults.clear()

    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"), "all is at an end"
    )
    assert stack.rows("SELECT 1 FROM build") == []
    assert stack.rows("SELECT status FROM request ORDER BY accepted_at")[0] == {"status": "stopped"}


@pytest.mark.parametrize("role", ["orchestrator", "designer"])
def test_a_stream_of_pings_holds_no_build_up(stack: Stack, role: str) -> None:
    stack.claude.faults.add([ClaudeFault(fault="pings_only", role=role)])
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(announced, 60)

    (pings,) = [call for call in stack.model_calls() if call["fault"] == "pings_only"]
    assert pings["outcome"] == "client_gone"
    # On a busy machine another call may have begun late as well.
    assert stack.rows("SELECT FROM model_call WHERE outcome = 'SilentStreamError'")
