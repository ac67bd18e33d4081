"""Two features that meet at the worst moment: each pair, and what the user is left with."""

import re
from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import MessageNotDelivered, PhoneMessage
from tests.acceptance.messages import LINK, link_in
from tests.acceptance.stack import Stack, announced, answers, eventually
from tests.forked_program import run_forked

ASKS = "Build me a counter, but ask me first"
EXPORT = re.compile(r"http://\S+/e/\S+")


def is_question(message: PhoneMessage) -> bool:
    return message.body.startswith("1 of 2: Which colour shall it have?")


def is_second_question(message: PhoneMessage) -> bool:
    return message.body.startswith("2 of 2: ")


def page(message: PhoneMessage) -> str:
    with urlopen(link_in(message)) as answer:
        return str(answer.read(), "utf-8")


def test_a_question_outlives_a_crash_and_its_answer_is_taken(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(ASKS)
    colour = phone.wait_for(is_question, 60)
    stack.disturb().kill("worker")
    phone.tap(colour, "Green")
    stack.start_worker()

    phone.tap(phone.wait_for(is_second_question, 60), "Large")

    phone.wait_for(announced, 60)
    assert stack.rows("SELECT answer FROM question ORDER BY position") == [
        {"answer": "Green"},
        {"answer": "Large"},
    ]


def test_who_is_forgotten_with_a_question_open_is_asked_no_more(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(ASKS)
    colour = phone.wait_for(is_question, 60)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=colour.position)
    phone.tap(asked, "Delete everything")
    goodbye = phone.wait_for(lambda m: "Goodbye!" in m.body, 30)
    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)
    calls = len(stack.model_calls())

    phone.tap(colour, "Green")

    phone.wait_for(
        lambda m: m.body.startswith("That question is not open any more"),
        30,
        after=goodbye.position,
    )
    assert stack.rows("SELECT 1 FROM build") == []
    assert len(stack.model_calls()) == calls


def test_who_ends_messages_while_their_app_is_finished_finds_it_when_they_start_again(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    stack.hold_model("frontend", after_turns=1)
    phone.say("Change the title to Groceries")
    eventually(
        lambda: stack.rows(
            "SELECT 1 FROM build WHERE status = 'running' AND phase = 'implementation'"
        ),
        "the change is made",
        seconds=60,
    )
    phone.say("unsubscribe")
    last = phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)
    stack.let_go()
    assert list(phone.stream(after=last.position, seconds=2)) == []

    phone.say("start")
    back = phone.wait_for(lambda m: m.body.startswith("Good to have you here"), 30)
    phone.say("projects")
    listed = phone.wait_for(lambda m: bool(LINK.search(m.body)), 30, after=back.position)
    assert "<title>Counter" in page(listed)


def test_an_unsubscribe_that_is_found_late_holds_all_the_same(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("status")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    stack.disturb().kill("web")
    with pytest.raises(MessageNotDelivered):
        phone.say("unsubscribe")
    stack.start_web()

    assert stack.reconcile() == "1 taken in."

    last = phone.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)
    phone.say("help")
    assert list(phone.stream(after=last.position + 1, seconds=2)) == []
    assert stack.rows("SELECT suppressed_reason FROM contact") == [
        {"suppressed_reason": "opted_out"}
    ]


def test_an_undo_during_a_change_is_told_to_wait_and_works_after_it(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 60)
    stack.hold_model("frontend")
    phone.say("Change the title to Groceries")
    eventually(lambda: len(stack.rows("SELECT 1 FROM build")) == 2, "the change is begun")
    phone.say("undo")
    phone.wait_for(lambda m: m.body.startswith("I'm working on"), 30, after=first.position)
    stack.let_go()
    second = phone.wait_for(announced, 60, after=first.position)
    assert "<h1>Groceries" in page(second)

    phone.say("undo")
    eventually(lambda: "<h1>Groceries" not in page(second), "the link shows the first version")


def test_a_link_of_somebody_forgotten_is_dead_also_where_a_version_was_shared(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 60)
    phone.say("versions")
    listed = phone.wait_for(lambda m: "The versions of" in m.body, 30, after=ready.position)
    phone.say("export")
    exported = phone.wait_for(lambda m: "zip file" in m.body, 30, after=ready.position)
    links = {*LINK.findall(ready.body), *LINK.findall(listed.body), *EXPORT.findall(exported.body)}
    assert len(links) == 3
    assert all(answers(link) for link in links)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=exported.position)
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 30)

    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)
    assert not any(answers(link) for link in links)
    assert stack.rows("SELECT 1 FROM media") == []


def test_a_stopped_change_of_what_was_undone_does_not_bring_it_back(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 60)
    phone.say("Change the title to Groceries")
    second = phone.wait_for(announced, 60, after=first.position)
    stack.hold_model("frontend")
    phone.say("Make it green")
    stack.await_call("frontend")
    eventually(lambda: len(stack.rows("SELECT 1 FROM build")) == 3, "the change is begun")
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30, after=second.position)
    stack.let_go()
    phone.say("undo")
    undone = phone.wait_for(lambda m: "at version 1" in m.body, 30, after=stopped.position)

    phone.say("try again")

    phone.wait_for(lambda m: "shows another version now" in m.body, 30, after=undone.position)
    assert "<h1>Counter" in page(second)


def test_a_link_that_was_undone_before_it_arrived_is_not_told_any_more(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 60)
    stack.twilio.broker.faults.add([TwilioFault(code=20429, containing="Version 2", times=30)])
    phone.say("Make it green")
    eventually(
        lambda: stack.rows("SELECT FROM outbox WHERE is_owed AND state = 'queued'"),
        "the second link waits",
    )
    phone.say("undo")
    undone = phone.wait_for(lambda m: "at version 1" in m.body, 30, after=first.position)
    stack.twilio.broker.faults.clear()

    eventually(
        lambda: stack.rows(
            "SELECT FROM outbox WHERE body LIKE 'Version 2%' AND state = 'suppressed'"
        ),
        "it is not sent",
    )
    assert not any(m.position > undone.position and announced(m) for m in phone.messages())


def test_a_goodbye_that_is_refused_for_a_while_comes_and_the_next_message_is_a_strangers(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 60)
    stack.twilio.broker.faults.add([TwilioFault(code=20429, containing="Goodbye", times=30)])
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=ready.position)
    phone.tap(asked, "Delete everything")
    eventually(lambda: stack.rows("SELECT FROM outbox WHERE is_owed"), "the goodbye waits")

    phone.say("projects")

    answer = phone.wait_for(lambda m: "have an app yet" in m.body, 30, after=asked.position)
    stack.twilio.broker.faults.clear()
    phone.wait_for(lambda m: "Goodbye!" in m.body, 60, after=answer.position)
    eventually(
        lambda: not stack.rows("SELECT FROM contact WHERE forgotten_request_id IS NOT NULL"),
        "they are forgotten",
    )
    assert not answers(link_in(ready))


def test_a_budget_that_is_raised_for_two_builds_is_told_in_the_language_of_the_later_one(
    stack: Stack,
) -> None:
    phone = stack.phone("+15550104477")
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    stack.hold_model("frontend")
    stack.claude.journal.clear()
    phone.say("Change the title to Birds")
    stack.await_call("frontend")
    stack.rows("UPDATE build SET takes_changes = false WHERE status = 'running' RETURNING 1")
    phone.say("hola")
    phone.say("Quiero que el title diga Aves, gracias")
    queued = phone.wait_for(lambda m: m.body.startswith("Entendido. Lo hago después"), 30)
    stack.rows("UPDATE budget_account SET spent = 20 WHERE account LIKE 'user:%' RETURNING 1")
    stack.let_go()
    spent = phone.wait_for(lambda m: m.body.startswith("Hoy gasté"), 30, after=queued.position)

    raised = run_forked(
        ["bot.cli.main", "raise-budget", "+15550104477", "15", "--reason", "asked"],
        stack.environment,
    )
    assert raised.returncode == 0, raised.stderr
    phone.wait_for(lambda m: "La versión 3 de *Counter*" in m.body, 60, after=spent.position)
    told = [m.body for m in phone.messages() if m.position > queued.position]
    assert [body.partition(" ")[0] for body in told] == ["No", "Hoy", "De", "(offline", "La", "La"]
    assert [row["failure"] for row in stack.rows("SELECT failure FROM build ORDER BY created_at")
            ] == [None, "BudgetExhausted", None]  # fmt: skip
