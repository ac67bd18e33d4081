"""A release comes while builds are under way: what was begun goes on under what it was told."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.twilio.phone.client import Phone
from tests import newer_release
from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack, announced
from tests.acceptance.test_asking import is_asked_for_colour, is_asked_for_size, is_green, styles_of


@pytest.fixture
def stack(lender: Lender) -> Iterator[Stack]:
    """A system of its own: its worker is exchanged."""
    with lender.lend({}) as whole:
        yield whole


def upgrade(stack: Stack) -> None:
    """Let the worker of this release end, and one of the newer release work."""
    worker = stack.disturb().program("worker").process
    worker.terminate()
    assert worker.wait(60) == 0
    stack.disturb().start("newer", [sys.executable, "-m", "tests.newer_release", "worker"])


def bodies(stack: Stack, role: str, about: str) -> list[dict[str, Any]]:
    """What the role was asked about an app, in the order of the calls."""
    calls = [call for call in stack.claude.journal.answered() if call.role == role]
    known = [json.loads(call.body or b"{}") for call in calls]
    return [body for body in known if about in str(body["messages"][0])]


def frozen(body: dict[str, Any]) -> str:
    """What thinking is bound to at the least."""
    return json.dumps([body["model"], body["system"], body.get("tools")])


def stopped_build(stack: Stack, request_text: str) -> Phone:
    """A build that was stopped after the engineer's first turns."""
    phone = stack.phone()
    stack.hold_model("frontend", after_turns=1)
    phone.say(request_text)
    stack.await_call("frontend", turn=2)
    phone.say("stop")
    phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()
    return phone


def test_what_is_answered_or_tried_again_after_a_release_goes_on_as_it_was_told(
    stack: Stack,
) -> None:
    asked, stopped = stack.phone(), stopped_build(stack, "Build me a quiz, step by step")
    asked.say("Build me a counter, but ask me first")
    colour = asked.wait_for(is_asked_for_colour, 60)
    before = len(stack.model_calls())

    upgrade(stack)
    asked.tap(colour, "Green")
    asked.tap(asked.wait_for(is_asked_for_size, 30), "Large")
    stopped.say("try again")

    assert is_green(styles_of(asked.wait_for(announced, 90)))
    stopped.wait_for(announced, 90)
    assert [call["error"] for call in stack.model_calls() if call["status"] == 400] == []
    for about in ("a counter", "a quiz"):
        kept = bodies(stack, "frontend", about)
        assert len(kept) > 2
        assert len({frozen(body) for body in kept}) == 1, "its thinking is bound to it"
        assert newer_release.LINE not in frozen(kept[0])
        assert "There is no tool note_decision" in json.dumps(kept[-1]["messages"])
    later = [c["role"] for c in stack.model_calls()[before:] if c["model"] == newer_release.MODEL]
    assert later == ["code_reviewer"] * 2
