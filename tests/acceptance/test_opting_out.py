"""Whoever says stop is heard: first the build ends, then the messages."""

from tests.acceptance.stack import Stack, eventually


def test_a_second_stop_ends_all_messages_until_start(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("stop")
    phone.wait_for(lambda m: "once more" in m.body, 30)
    phone.say("STOP!")
    last = phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)

    sid = phone.say("Build me a counter")
    eventually(
        lambda: stack.rows(
            "SELECT 1 FROM request JOIN inbound_message USING (request_id)"
            " WHERE message_sid = %(sid)s AND closed_at IS NOT NULL",
            {"sid": sid},
        ),
        "the message is read",
    )
    assert stack.rows("SELECT 1 FROM build") == []
    assert stack.model_calls() == []
    assert [m.body for m in phone.messages() if m.position > last.position] == [
        "Build me a counter"
    ]

    phone.say("start")
    phone.wait_for(lambda m: m.body.startswith("Good to have you here"), 30)


def test_start_is_heard_whatever_else_was_asked(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Maybe an app for plants some day")
    phone.wait_for(lambda m: "are we just talking?" in m.body, 30)
    phone.say("unsubscribe")
    last = phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)
    phone.say("start")
    phone.wait_for(lambda m: m.body.startswith("Good to have you here"), 30, after=last.position)

    assert stack.rows("SELECT suppressed_reason FROM contact") == [{"suppressed_reason": None}]
    assert stack.rows("SELECT 1 FROM build") == []


def test_unsubscribe_stops_the_build_too(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a quiz")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    phone.say("unsubscribe")
    last = phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)

    assert list(phone.stream(after=last.position, seconds=3)) == []
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]


def test_a_stop_does_not_swallow_the_unsubscribe_before_it(stack: Stack) -> None:
    stack.hold_model("router")
    phone = stack.phone()
    phone.say("What can you build?")
    stack.await_call("router")
    phone.say("unsubscribe")
    phone.say("STOP")
    stack.let_go()

    phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)
    assert stack.rows("SELECT suppressed_reason FROM contact") == [
        {"suppressed_reason": "opted_out"}
    ]


def test_a_stop_after_delete_everything_has_it_asked_again(stack: Stack) -> None:
    stack.hold_model("router")
    phone = stack.phone()
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30)
    phone.say("What can you build?")
    stack.await_call("router")
    phone.say("delete everything")
    phone.say("STOP")
    stack.let_go()

    phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=asked.position)
    assert stack.rows("SELECT forgotten_request_id FROM contact") == [
        {"forgotten_request_id": None}
    ]


def test_who_wants_no_messages_can_still_be_forgotten(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("unsubscribe")
    last = phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)
    phone.say("status")
    phone.say("forget me")
    asked = phone.wait_for(lambda m: bool(m.body), 30, after=last.position)
    assert "Shall I?" in asked.body
    phone.tap(asked, "Keep everything")
    kept = phone.wait_for(lambda m: "nothing was deleted" in m.body, 30, after=asked.position)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=kept.position)
    phone.tap(asked, "Delete everything")

    phone.wait_for(lambda m: "Goodbye!" in m.body, 30, after=asked.position)
    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)
