"""A message that matters reaches its person, also when Twilio reports that it did not."""

from bot.sandbox.twilio.faults import Fault
from tests.acceptance.stack import Stack, announced, eventually


def test_a_link_that_did_not_arrive_comes_when_the_person_next_writes(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    understood = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    stack.twilio.exchange.faults.add([Fault(when="delivery", code=63010, times=30)])
    eventually(
        lambda: stack.rows("SELECT FROM outbox WHERE kind = 'published' AND is_owed"),
        "the link is owed",
    )
    stack.twilio.exchange.faults.clear()

    phone.say("status")

    phone.wait_for(announced, 60, after=understood.position)
    eventually(
        lambda: stack.rows(
            "SELECT FROM outbox WHERE kind = 'published' AND NOT is_owed AND attempts = 2"
            " AND state IN ('delivered', 'read')"
        ),
        "the link has arrived",
    )
