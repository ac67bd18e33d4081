"""The crew asks the user: with buttons or in words, for a while, and then takes the default."""

from pathlib import Path
from urllib.request import urlopen

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.found import found

REQUEST_TEXT = "Build me a counter, but ask me first"


def is_asked_for_colour(message: PhoneMessage) -> bool:
    return message.body.startswith("1 of 2: Which colour shall it have?")


def is_asked_for_size(message: PhoneMessage) -> bool:
    return message.body.startswith("2 of 2: How large shall the letters be?")


def styles_of(message: PhoneMessage) -> str:
    with urlopen(link_in(message) + "styles.css") as answer:
        return str(answer.read(), "utf-8")


def is_green(styles: str) -> bool:
    accent = found(r"--accent: #(..)(..)(..);", styles)
    red, green, blue = (int(part, 16) for part in accent.groups())
    return green > red and green > blue


def test_taps_answer_and_the_build_waits_without_a_job(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    colour = phone.wait_for(is_asked_for_colour, 60)
    assert "No answer in 10 minutes? I'll go with *Blue*." in colour.body
    eventually(
        lambda: (
            not stack.rows(
                "SELECT 1 FROM procrastinate_jobs"
                " WHERE task_name = 'run_build' AND status = 'doing'"
            )
        ),
        "no worker is held",
    )
    assert stack.rows("SELECT state FROM agent WHERE terminated_at IS NULL") == [
        {"state": "PAUSED"}
    ]
    put_down = (
        "SELECT DISTINCT attributes->>'state' AS state FROM records"
        " WHERE span_name = 'agent_lifecycle' AND attributes->>'interruption' = 'WaitsForUser'"
    )
    told = eventually(lambda: stack.rows(put_down), "the agent's span is kept")
    assert told == [{"state": "PAUSED"}]
    calls = len(stack.model_calls())
    phone.say("status")
    phone.wait_for(lambda m: "waiting for your answer" in m.body, 30)
    phone.tap(colour, "Green")
    size = phone.wait_for(is_asked_for_size, 30)
    phone.tap(colour, "Red")
    phone.wait_for(lambda m: m.body == "That's settled already: Green", 30)
    assert len(stack.model_calls()) == calls, "no model is asked what a tap means"
    phone.tap(size, "Large")
    phone.wait_for(lambda m: m.body.startswith("Thanks!"), 30)

    ready = phone.wait_for(announced, 60)
    assert is_green(styles_of(ready))
    assert "Which colour shall it have? Green" in stack.brief_of("code_reviewer")
    phone.tap(size, "Normal")
    phone.wait_for(lambda m: m.body == "That's settled already: Large", 30)
    documents = stack.rows("SELECT document FROM handoff ORDER BY created_at DESC LIMIT 1")
    assert "Which colour shall it have? Green" in [
        one["decision"] for one in documents[0]["document"]["decisions"]
    ]
    asking = (
        "SELECT span_name, otel_status_code FROM records"
        " WHERE attributes->>'interruption' = 'WaitsForUser' AND kind = 'span'"
    )
    eventually(lambda: len(stack.rows(asking)) >= 3, "the trace shows that it waited")
    assert {row["otel_status_code"] for row in stack.rows(asking)} == {"OK"}


def test_numbers_and_words_answer_too(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    phone.wait_for(is_asked_for_colour, 60)
    phone.say("2")
    phone.wait_for(is_asked_for_size, 30)
    phone.say("large!")

    assert is_green(styles_of(phone.wait_for(announced, 60)))


def test_an_answer_in_words_of_ones_own_is_one(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    phone.wait_for(is_asked_for_colour, 60)
    phone.say("Green, like fresh grass in the morning")
    phone.wait_for(is_asked_for_size, 30)
    phone.say("just as you like")

    phone.wait_for(announced, 60)
    assert stack.rows(
        "SELECT answer, is_default FROM question ORDER BY answered_at DESC LIMIT 2"
    ) == [
        {"answer": "just as you like", "is_default": False},
        {"answer": "Green, like fresh grass in the morning", "is_default": False},
    ]


def test_a_change_of_language_is_no_answer(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    colour = phone.wait_for(is_asked_for_colour, 60)
    phone.say("English please")
    changed = phone.wait_for(lambda m: "write to you in English" in m.body, 30)
    assert stack.rows("SELECT 1 FROM question WHERE answer IS NOT NULL") == []
    assert len(stack.rows("SELECT 1 FROM contact WHERE language_is_requested")) == 1

    phone.say("Green")
    phone.wait_for(is_asked_for_size, 30, after=changed.position)
    phone.say("Normal")
    phone.wait_for(announced, 60, after=colour.position)
    assert stack.rows("SELECT answer FROM question ORDER BY answered_at DESC LIMIT 1 OFFSET 1") == [
        {"answer": "Green"}
    ]


def test_a_button_does_nothing_in_another_hand(stack: Stack) -> None:
    phone, stranger = stack.phone(), stack.phone()
    phone.say(REQUEST_TEXT)
    colour = phone.wait_for(is_asked_for_colour, 60)

    stranger.tap(colour, "Green")
    stranger.wait_for(lambda m: m.body.startswith("That question is not open any more"), 30)
    assert not [m for m in phone.messages() if is_asked_for_size(m)]
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    phone.tap(colour, "Green")
    phone.wait_for(lambda m: m.body.startswith("That question is not open any more"), 30)

    phone.say("try again")
    again = phone.wait_for(is_asked_for_colour, 60, after=stopped.position)
    phone.tap(again, "Green")
    phone.tap(phone.wait_for(is_asked_for_size, 30), "Normal")
    assert is_green(styles_of(phone.wait_for(announced, 60)))


def test_a_change_can_be_said_while_it_waits(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    phone.wait_for(is_asked_for_colour, 60)
    phone.say("Change the title to Laps")
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    phone.say("1")
    phone.wait_for(is_asked_for_size, 30)
    phone.say("1")

    ready = phone.wait_for(announced, 60)
    with urlopen(link_in(ready)) as answer:
        assert b"<h1>Laps</h1>" in answer.read()


def test_without_an_answer_the_defaults_count(database_url: str, tmp_path: Path) -> None:
    stack = Stack(database_url, tmp_path / "logs", QUESTION_TIMEOUT_SECONDS="2")
    try:
        phone: Phone = stack.start().phone()
        phone.say(REQUEST_TEXT)
        phone.wait_for(is_asked_for_colour, 60)
        told = phone.wait_for(lambda m: "I haven't heard from you" in m.body, 60)
        phone.wait_for(announced, 60)
        assert "Which colour shall it have? *Blue*" in told.body
        assert "How large shall the letters be? *Normal*" in told.body
        assert stack.rows("SELECT DISTINCT is_default FROM question") == [{"is_default": True}]
    finally:
        stack.stop()
