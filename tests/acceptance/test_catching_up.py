"""What users write while we are away is not lost."""

import pytest

from bot.sandbox.twilio.phone.client import MessageNotDelivered
from tests.acceptance.stack import Stack, announced, eventually
from tests.pictures import picture


def test_messages_of_an_outage_are_taken_in_once_and_answered_in_order(stack: Stack) -> None:
    phone, stranger = stack.phone(), stack.phone()
    phone.say("status")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    stack.disturb().kill("web")
    for user, text in ((phone, "help"), (phone, "new app"), (stranger, "help")):
        with pytest.raises(MessageNotDelivered):
            user.say(text)
    stack.start_web()

    assert stack.reconcile() == "3 taken in."
    assert stack.reconcile() == "Nothing is missing."

    phone.wait_for(lambda m: m.body.startswith("What shall I build next"), 30)
    stranger.wait_for(lambda m: "*stop*" in m.body, 30)
    answers = [m.body.split()[0] for m in phone.messages() if m.direction == "outbound"]
    assert answers == ["Nothing", "Tell", "What"]
    assert stack.rows("SELECT count(*) AS number FROM contact") == [{"number": 2}]
    opened = (
        "SELECT body FROM inbound_message JOIN request USING (request_id)"
        " JOIN records_all USING (trace_id) WHERE kind = 'pending_span' AND body <> 'status'"
        " AND span_name = 'user_request'"
    )
    eventually(lambda: len(stack.rows(opened)) == 3, "each is seen before it ends")


def stops_read(stack: Stack) -> int:
    (read,) = stack.rows(
        "SELECT count(*) AS n FROM inbound_message JOIN request USING (request_id)"
        " WHERE body = 'stop' AND closed_at IS NOT NULL"
    )
    return int(read["n"])


def test_a_stop_that_is_found_late_stops_nothing_that_was_asked_for_after_it(stack: Stack) -> None:
    stack.hold_model("designer")
    impatient, patient = stack.phone(), stack.phone()
    stack.disturb().kill("web")
    for phone in (impatient, patient):
        with pytest.raises(MessageNotDelivered):
            phone.say("stop")
    stack.start_web()
    impatient.say("stop")
    impatient.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    for phone in (impatient, patient):
        phone.say("Build me a poll")
        phone.wait_for(lambda m: "I'll text you" in m.body, 30)

    assert stack.reconcile() == "2 taken in."
    eventually(lambda: stops_read(stack) == 3, "those that are found late are read")
    stack.let_go()

    impatient.wait_for(announced, 90)
    patient.wait_for(announced, 90)
    assert stack.rows("SELECT 1 FROM contact WHERE suppressed_at IS NOT NULL") == []
    assert stack.rows("SELECT status FROM build") == [{"status": "completed"}] * 2
    heard = stack.rows("SELECT body FROM inbound_message ORDER BY received_at")
    assert [row["body"] for row in heard] == ["stop"] * 3 + ["Build me a poll"] * 2


def test_a_step_of_an_outage_is_left_and_a_change_asked_about_where_its_writer_has_gone_on(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 90)
    phone.say("Change the title to Sheep")
    changed = phone.wait_for(announced, 90, after=ready.position)
    stack.disturb().kill("web")
    for text in ("undo", "Make it red"):
        with pytest.raises(MessageNotDelivered):
            phone.say(text)
    stack.start_web()
    phone.say("undo")
    phone.wait_for(lambda m: "is at version 1 now" in m.body, 30, after=changed.position)

    assert stack.reconcile() == "2 taken in."
    left = phone.wait_for(lambda m: m.body.endswith("please say so once more."), 30)
    asked = phone.wait_for(lambda m: m.body.endswith("Shall I still do it?"), 30)

    assert left.body.startswith("This reached me only now: “undo”")
    assert asked.body.startswith("This reached me only now: “Make it red”")
    assert stack.rows("SELECT FROM build WHERE request_text = 'Make it red'") == []
    phone.say("yes")
    phone.wait_for(announced, 90, after=asked.position)
    assert stack.rows("SELECT FROM build WHERE request_text = 'Make it red'")


def test_files_of_an_outage_keep_their_words_and_their_names(stack: Stack) -> None:
    phone = stack.phone()
    stack.disturb().kill("web")
    with pytest.raises(MessageNotDelivered):
        phone.send_file(b"Rosa;3 loaves\n", "text/csv", "orders.csv")
    with pytest.raises(MessageNotDelivered):
        phone.send_file(picture(), "image/png", "Build me a counter like this")
    stack.start_web()

    assert stack.reconcile() == "2 taken in."

    phone.wait_for(announced, 90)
    document, photo = stack.rows("SELECT body FROM inbound_message ORDER BY received_at")
    assert document["body"] == "[file: files/orders.csv]"
    assert photo["body"].startswith("Build me a counter like this\n[picture: pictures/")


def test_what_may_have_been_a_reaction_answers_nothing_when_it_is_found_late(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("status")
    idle = phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: m.direction == "outbound", 30, after=idle.position)
    # The list knows whole seconds, so the question must be older than one.
    stack.rows(
        "UPDATE contact SET forget_asked_at = forget_asked_at - interval '5 seconds' RETURNING 1"
    )
    stack.disturb().kill("web")
    with pytest.raises(MessageNotDelivered):
        phone.react(idle, "👍")
    stack.start_web()

    assert stack.reconcile() == "1 taken in."

    phone.wait_for(lambda m: "answer my question in words" in m.body, 30, after=asked.position)
    assert stack.rows("SELECT body FROM inbound_message WHERE body <> ''") != []
