"""Plain talk and fixed words: answered in the chat, nothing is built."""

from tests.acceptance.stack import Stack


def test_a_greeting_is_answered_and_nothing_is_built(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Hello there!")

    phone.wait_for(lambda m: bool(m.body), 30)

    assert stack.rows("SELECT 1 FROM build") == []
    assert stack.rows("SELECT request_type, status FROM request") == [
        {"request_type": "talk", "status": "completed"}
    ]


def test_fixed_words_ask_no_model(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("HELP please!")
    phone.wait_for(lambda m: "*stop*" in m.body, 30)
    phone.say("status")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)

    assert stack.model_calls() == []


def test_a_stop_ends_the_build_and_nothing_follows_the_confirmation(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a quiz")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    phone.say("STOP please")
    confirmation = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    calls = len(stack.model_calls())

    later = list(phone.stream(after=confirmation.position, seconds=4))

    assert later == []
    assert len(stack.model_calls()) == calls
    assert stack.rows("SELECT 1 FROM version") == []
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]
    assert {agent["state"] for agent in stack.rows("SELECT state FROM agent")} == {"TERMINATED"}


def test_a_user_without_a_phone_number_is_served(stack: Stack) -> None:
    phone = stack.phone("US.9f3kQ2mLr8")
    phone.say("help")
    phone.wait_for(lambda m: "*stop*" in m.body, 30)
