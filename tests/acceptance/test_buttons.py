"""Answers that can be tapped, and typed as well."""

from tests.acceptance.stack import Stack, announced


def test_what_comes_next_is_a_tap_or_a_word_away(stack: Stack) -> None:
    stack.hold_model("frontend")  # still at work when the status is asked for
    phone = stack.phone()
    phone.say("Build me a counter")
    understood = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    phone.tap(understood, "Status")
    phone.wait_for(lambda m: m.body.startswith("*") and "%)" in m.body, 30)
    stack.let_go()
    ready = phone.wait_for(announced, 90)
    calls = len(stack.model_calls())

    assert ready.interaction is None, "WhatsApp previews a link only where there are no buttons"
    phone.say("change something")
    phone.wait_for(lambda m: m.body.startswith("What should be different in"), 30)
    phone.say("new app")
    phone.wait_for(lambda m: m.body.startswith("What shall I build next"), 30)

    assert len(stack.model_calls()) == calls
    assert stack.rows("SELECT body FROM inbound_message WHERE message_type = 'button'") == [
        {"body": "Status"}
    ]


def test_a_stale_or_repeated_stop_does_nothing_and_says_so(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone, stranger = stack.phone(), stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    stranger.tap(first, "Stop")
    stranger.wait_for(lambda m: m.body.startswith("That button has expired"), 30)
    phone.tap(first, "Stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    for _ in range(2):
        phone.tap(first, "Stop")
        stale = phone.wait_for(
            lambda m: m.body.startswith("That button has expired"), 30, after=stopped.position
        )
        stopped = stale

    phone.say("Build me a quiz")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60, after=stale.position)
    phone.tap(first, "Stop")
    phone.wait_for(lambda m: m.body.startswith("That button has expired"), 30, after=stale.position)
    stack.let_go()
    phone.wait_for(announced, 90)
