"""A question's time begins when it can be read; an answer counts as given when it was written."""

import psycopg
import pytest

from bot.sandbox.twilio.phone.client import MessageNotDelivered, PhoneMessage
from tests.acceptance.stack import Stack, announced, eventually
from tests.forked_program import run_forked

NUMBER = "+15550107788"
REQUEST_TEXT = "Build me a counter, but ask me first"
# What was looked at, so that a later look can be told from it.
LOOKS = (
    "SELECT id FROM procrastinate_jobs WHERE task_name = 'take_defaults' AND status = 'succeeded'"
)


def asks_for_colour(message: PhoneMessage) -> bool:
    return "Which colour shall it have?" in message.body and message.interaction is not None


def is_default(message: PhoneMessage) -> bool:
    return "I haven't heard from you" in message.body


def operate(stack: Stack, *arguments: str) -> None:
    done = run_forked(["bot.cli.main", *arguments, "--json"], stack.environment)
    assert done.returncode == 0, done.stderr


def pass_time(stack: Stack, minutes: int) -> None:
    """Let the question be asked so long ago, and its time be over."""
    past = {"past": minutes * 60}
    with psycopg.connect(stack.database_url) as connection:
        for statement in (
            "UPDATE question SET asked_at = asked_at - %(past)s * interval '1 s'",
            "UPDATE outbox SET created_at = created_at - %(past)s * interval '1 s',"
            " attempted_at = attempted_at - %(past)s * interval '1 s',"
            " sent_at = sent_at - %(past)s * interval '1 s'",
            "UPDATE build SET waits_until = waits_until - %(past)s * interval '1 s'",
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - %(past)s * interval '1 s'",
        ):
            connection.execute(statement.encode(), past)


def await_look(stack: Stack) -> None:
    """Wait until it was looked at whether the time is over, and decided."""
    eventually(lambda: stack.rows(LOOKS), "its time was looked at")
    eventually(
        lambda: (
            stack.rows("SELECT FROM question WHERE answer IS NOT NULL")
            or stack.rows("SELECT FROM build WHERE waits_until > now()")
        ),
        "it was decided",
    )


def answers(stack: Stack) -> list[dict[str, object]]:
    return stack.rows("SELECT answer, is_default FROM question WHERE answer IS NOT NULL")


@pytest.fixture
def paused(stack: Stack) -> Stack:
    """No message goes out."""
    operate(stack, "pause", "sending")
    return stack


def test_a_question_that_a_pause_of_sending_holds_back_waits_until_it_can_be_read(
    paused: Stack,
) -> None:
    phone = paused.phone()
    phone.say(REQUEST_TEXT)
    held = "SELECT FROM outbox WHERE kind = 'question' AND state = 'queued'"
    eventually(lambda: paused.rows(held), "the question is held back")
    pass_time(paused, 60)
    await_look(paused)
    assert answers(paused) == []

    operate(paused, "resume", "sending")
    asked = phone.wait_for(asks_for_colour, 60)
    eventually(lambda: not paused.rows(held), "it is out")
    pass_time(paused, 9)
    phone.tap(asked, "Green")
    phone.wait_for(lambda m: "How large" in m.body, 30)
    assert answers(paused) == [{"answer": "Green", "is_default": False}]


def test_the_time_of_a_question_that_was_held_back_is_over_some_day(paused: Stack) -> None:
    phone = paused.phone()
    phone.say(REQUEST_TEXT)
    held = "SELECT FROM outbox WHERE kind = 'question' AND state = 'queued'"
    eventually(lambda: paused.rows(held), "the question is held back")
    pass_time(paused, 60)
    await_look(paused)
    operate(paused, "resume", "sending")
    asked = phone.wait_for(asks_for_colour, 60)
    eventually(lambda: not paused.rows(held), "it is out")
    pass_time(paused, 60)

    phone.wait_for(is_default, 60, after=asked.position)
    phone.wait_for(announced, 60)


def test_a_question_whose_time_is_over_is_not_asked_any_more(stack: Stack) -> None:
    phone = stack.phone(NUMBER)
    stack.hold_model("frontend")
    phone.say(REQUEST_TEXT)
    stack.await_call("frontend")
    stack.twilio.broker.close_window(f"whatsapp:{NUMBER}")
    stack.let_go()
    held = "SELECT FROM outbox WHERE kind = 'question' AND state = 'waiting_for_window'"
    eventually(lambda: stack.rows(held), "the question waits until its user writes")
    pass_time(stack, 60)
    eventually(lambda: answers(stack), "nobody answers")
    online = "SELECT FROM build WHERE status = 'completed'"
    eventually(lambda: stack.rows(online), "the build goes on without them")
    phone.say("status")
    phone.wait_for(announced, 60)

    arrived = [message for message in phone.messages() if message.arrived]
    assert any(is_default(message) for message in arrived)
    assert not any(asks_for_colour(message) for message in arrived)


@pytest.mark.parametrize("ended", [("web",), ("web", "worker")])
def test_an_answer_that_did_not_reach_us_is_fetched_before_the_default_counts(
    stack: Stack, ended: tuple[str, ...]
) -> None:
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    phone.wait_for(asks_for_colour, 60)
    for name in ended:
        stack.disturb().kill(name)
    pass_time(stack, 9)
    with pytest.raises(MessageNotDelivered):
        phone.say("Green")
    pass_time(stack, 60)
    if "worker" in ended:
        stack.start_worker()
    await_look(stack)
    assert answers(stack) == []
    stack.start_web()

    assert stack.reconcile() == "1 taken in."
    phone.wait_for(lambda m: "How large" in m.body, 60)
    assert answers(stack) == [{"answer": "Green", "is_default": False}]
