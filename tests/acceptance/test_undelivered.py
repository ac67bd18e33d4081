"""A message that matters reaches its user, also when Twilio reports that it did not."""

import psycopg

from bot.sandbox.twilio.faults import TwilioFault
from tests.acceptance.stack import Stack, announced, eventually


def test_a_link_that_did_not_arrive_comes_when_the_user_next_writes(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a counter")
    understood = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    stack.twilio.broker.faults.add([TwilioFault(when="delivery", code=63010, times=30)])
    stack.let_go()
    eventually(
        lambda: stack.rows("SELECT FROM outbox WHERE kind = 'published' AND is_owed"),
        "the link is owed",
    )
    stack.twilio.broker.faults.clear()

    phone.say("status")

    phone.wait_for(announced, 60, after=understood.position)
    eventually(
        lambda: stack.rows(
            "SELECT FROM outbox WHERE kind = 'published' AND NOT is_owed AND attempts = 2"
            " AND state IN ('delivered', 'read')"
        ),
        "the link has arrived",
    )


def test_a_link_that_waits_for_its_next_attempt_keeps_no_answer_waiting(stack: Stack) -> None:
    phone = stack.phone()
    stack.twilio.broker.faults.add([TwilioFault(when="delivery", code=63010, times=4)])
    phone.say("Build me a counter")
    eventually(
        lambda: stack.rows("SELECT FROM outbox WHERE is_owed AND state = 'queued'"),
        "the link is owed",
        seconds=60,
    )
    with psycopg.connect(stack.database_url) as connection:  # as after some attempts
        connection.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at + interval '30 minutes'"
            " WHERE task_name = 'deliver' AND status = 'todo'"
        )

    phone.say("help")

    phone.wait_for(lambda m: "*stop*" in m.body, 60)
    link = phone.wait_for(lambda m: announced(m) and m.arrived, 60)
    assert sum(announced(m) and m.arrived for m in phone.messages()) == 1
    assert link.error_code is None


def test_a_button_that_never_arrived_does_nothing(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    stack.twilio.broker.faults.add([TwilioFault(when="delivery", code=63024, times=1)])
    phone.say("Build me a counter")
    unseen = phone.wait_for(lambda m: "I'll text you" in m.body and not m.arrived, 60)
    eventually(
        lambda: stack.rows("SELECT FROM outbox WHERE kind = 'understood' AND state = 'failed'"),
        "it is known to be lost",
    )

    phone.tap(unseen, "Stop")

    expired = phone.wait_for(lambda m: m.body.startswith("That button has expired"), 30)
    stack.let_go()
    phone.wait_for(announced, 60, after=expired.position)


def test_a_message_that_twilio_goes_on_refusing_keeps_no_answer_waiting(stack: Stack) -> None:
    phone = stack.phone()
    stack.twilio.broker.faults.add([TwilioFault(code=20429, containing="is online", times=30)])
    phone.say("Build me a counter")
    eventually(
        lambda: stack.rows(
            "SELECT FROM outbox WHERE kind = 'published' AND state = 'queued' AND attempts >= 2"
        ),
        "the link was refused twice",
        seconds=60,
    )

    phone.say("status")

    answer = phone.wait_for(lambda m: "Nothing is being built" in m.body, 10)
    assert not any(announced(m) for m in phone.messages())
    stack.twilio.broker.faults.clear()
    phone.wait_for(announced, 60, after=answer.position)
    assert sum(announced(m) for m in phone.messages()) == 1
