"""The crew costs little more than its engineer alone, though several agents look at the work."""

from collections import Counter

import pytest

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import Stack, announced

# What those who write and judge may take; all others have one call each.
MIDDLE = {"frontend": 6, "qa": 2, "code_reviewer": 1}
MIDDLE_OF_CHANGE = {"frontend": 3}

FORGETFUL = (
    'Make the buttons blue [[frontend: replace_in_file {"path": "app.js", "old":'
    ' "localStorage.setItem(KEPT_AS, JSON.stringify(tasks));", "new": ""}]]'
)


@pytest.fixture
def stack_settings() -> dict[str, str]:
    return {"CHECK_APPS": "true"}


class Conversation:
    """A user who asks for one thing after the other, and what each took."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._phone: Phone = stack.phone()

    def ask(self, request_text: str) -> tuple[str, Counter[str]]:
        """How it ends, and the model calls by role."""
        self._stack.claude.journal.clear()
        position = max((one.position for one in self._phone.messages()), default=0)
        self._phone.say(request_text)
        end = self._phone.wait_for(announced, 120, after=position)
        return end.body, Counter(str(call["role"]) for call in self._stack.model_calls())


def within(taken: Counter[str], most: dict[str, int]) -> bool:
    """Whether nobody was asked more often, and nobody else at all."""
    return taken <= Counter(most)


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_an_app_and_its_changes_take_few_calls_and_few_tokens(stack: Stack) -> None:
    user = Conversation(stack)

    ready, calls = user.ask("Build me a todo app with modern UI")
    assert "is ready" in ready
    assert within(calls, {"router": 1, "orchestrator": 1, "designer": 1, **MIDDLE}), calls
    (used,) = stack.rows(
        "SELECT sum(tokens)::float AS crew,"
        " sum(tokens) FILTER (WHERE agent_id LIKE 'frontend%%')::float AS engineer"
        " FROM (SELECT agent_id, input_tokens + output_tokens + cache_creation_tokens"
        " + cache_read_tokens AS tokens FROM model_call) AS calls",
        {},
    )
    assert used["crew"] <= 1.6 * used["engineer"]

    ready, calls = user.ask("Make it green")
    assert "is ready" in ready
    assert within(calls, {"router": 1, **MIDDLE_OF_CHANGE}), calls
    assert calls.total() <= 4

    ready, calls = user.ask("Add a due date")
    assert "is ready" in ready
    assert within(calls, {"router": 1, "orchestrator": 1, **MIDDLE_OF_CHANGE}), calls
    assert calls.total() <= 6

    # Nobody is asked to judge a change of looks, and what it breaks is found all the same.
    faulty, calls = user.ask(FORGETFUL)
    assert "does not work as it should yet" in faulty
    assert "orchestrator" not in calls


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_data_that_visitors_share_take_one_call_more(stack: Stack) -> None:
    ready, calls = Conversation(stack).ask("Build me a poll")

    assert "is ready" in ready
    others = {"router": 1, "orchestrator": 1, "designer": 1, "backend": 1}
    assert within(calls, {**others, **MIDDLE}), calls
