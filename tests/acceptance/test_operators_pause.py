"""Operators pause the intake and the sending: what waits, what goes on, what counts in time."""

import json
from collections.abc import Iterator
from functools import partial
from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.operators_stage import (
    acts,
    are_stored,
    being_written,
    has_heard,
    have_done,
    heard,
    pass_time,
    status_of,
    textcrew,
    told,
)
from tests.acceptance.stack import Stack, announced, eventually


@pytest.fixture
def building(stack: Stack) -> Iterator[tuple[Phone, str]]:
    """A user whose app is being written, and its request."""
    with being_written(stack) as found:
        yield found


def test_what_is_said_while_the_intake_is_paused_is_read_afterwards_and_a_stop_at_once(
    stack: Stack, building: tuple[Phone, str]
) -> None:
    builder, request_id = building
    others = [stack.phone() for _ in range(5)]

    assert told(stack, "pause", "intake", "--reason", "a storm") == {"paused": "intake"}
    for phone in others:
        phone.say("help")
        phone.say("status")
    builder.say("stop")
    builder.wait_for(lambda message: message.body.startswith("Stopped."), 60)
    assert status_of(stack, request_id) == "stopped"
    held = "SELECT FROM procrastinate_jobs WHERE queue_name = 'held'"
    eventually(lambda: len(stack.rows(held)) >= len(others), "their messages are held")
    assert len(stack.rows("SELECT FROM request WHERE status = 'accepted'")) == 10
    assert not any(heard(phone) for phone in others)

    status = told(stack, "status")
    assert [(one["what"], one["reason"]) for one in status["pauses"]] == [("intake", "a storm")]
    assert (len(status["unread"]), {one["messages"] for one in status["unread"]}) == (5, {2})
    with urlopen(f"{stack.public_url}/health") as answer:
        health = json.load(answer)
    assert (health["status"], health["paused"]) == ("healthy", ["intake"])
    assert textcrew(stack, "pause", "intake").returncode == 1, "it is paused already"

    told(stack, "resume", "intake")
    for phone in others:
        eventually(partial(has_heard, phone, 2), "both are answered")
    assert told(stack, "status")["pauses"] == []
    assert acts(stack) == [("pause", "intake"), ("resume", "intake")]


def test_who_waits_for_a_paused_intake_is_told_once(stack: Stack) -> None:
    phone = stack.phone()
    told(stack, "pause", "intake")
    phone.say("Build me a counter")
    eventually(lambda: stack.rows("SELECT FROM request"), "it is in")
    stack.rows(
        "WITH earlier AS (UPDATE request SET accepted_at = accepted_at - interval '2 minutes'"
        " RETURNING 1)"
        " UPDATE pause SET since = since - interval '2 minutes' RETURNING 1"
    )
    for _ in range(2):
        have_done(stack, "tend_pauses")
    assert "short break" in phone.wait_for(lambda message: message.direction == "outbound", 60).body
    assert len(heard(phone)) == 1

    told(stack, "resume", "intake")
    phone.wait_for(announced, 60)


def test_who_repeats_a_stop_while_nothing_is_sent_keeps_their_messages(stack: Stack) -> None:
    phone = stack.phone()
    told(stack, "pause", "sending")
    for number in (1, 2, 3):
        phone.say("stop")
        eventually(partial(are_stored, stack, number), "it is answered")
    told(stack, "resume", "sending")
    warned = phone.wait_for(lambda message: "once more" in message.body, 30)

    assert stack.rows("SELECT suppressed_reason FROM contact") == [{"suppressed_reason": None}]
    eventually(partial(has_heard, phone, 3), "all have come")
    phone.say("stop")
    phone.wait_for(
        lambda message: message.body.startswith("You get no more"), 30, after=warned.position
    )


def test_a_yes_and_an_answer_that_a_pause_held_back_count_as_given_in_time(stack: Stack) -> None:
    leaving, builder = stack.phone(), stack.phone()
    builder.say("Build me a counter, but ask me first")
    question = builder.wait_for(lambda message: "Which colour" in message.body, 60)
    leaving.say("forget me")
    asked = leaving.wait_for(lambda message: "It cannot be undone" in message.body, 60)
    told(stack, "pause", "intake")
    leaving.tap(asked, "Delete everything")
    assert question.interaction is not None
    colour = question.interaction.options[-1].title
    builder.tap(question, colour)
    pass_time(stack, minutes=60)
    defaults = (
        "SELECT FROM procrastinate_jobs WHERE task_name = 'take_defaults' AND status = 'succeeded'"
    )
    eventually(lambda: stack.rows(defaults), "the time for an answer is over")
    told(stack, "resume", "intake")

    leaving.wait_for(lambda message: "Goodbye!" in message.body, 60)
    builder.wait_for(lambda message: "How large" in message.body, 60)
    answers = stack.rows("SELECT answer, is_default FROM question WHERE answer IS NOT NULL")
    assert answers == [{"answer": colour, "is_default": False}]


def test_nothing_is_sent_while_sending_is_paused(stack: Stack) -> None:
    phones = [stack.phone() for _ in range(3)]
    told(stack, "pause", "sending", "--reason", "Twilio charges twice")
    for phone in phones:
        phone.say("help")
    queued = "SELECT FROM outbox WHERE state = 'queued'"
    idle = "SELECT FROM procrastinate_jobs WHERE status <> 'succeeded' AND queue_name = 'delivery'"
    eventually(lambda: len(stack.rows(queued)) == 3 and not stack.rows(idle), "they are held")
    assert not any(heard(phone) for phone in phones)
    assert textcrew(stack, "verify", "--grace", "0s").returncode == 0

    assert told(stack, "resume", "sending") == {"resumed": "sending"}
    for phone in phones:
        eventually(partial(has_heard, phone, 1), "it is sent now")
