"""A build takes few calls of the model: who can give an answer at once is not asked twice."""

from collections import Counter

import pytest

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import Stack, announced

# Of one build, the router's with it; who is not named is not asked. QA writes the list beside the
# engineer, and judges beside the reviewer.
FULL_BUILD = {
    "router": 1, "orchestrator": 1, "designer": 1, "frontend": 1, "qa": 2, "code_reviewer": 1,
}  # fmt: skip
SHARED_DATA = {**FULL_BUILD, "backend": 1}
CHANGE = {"router": 1, "orchestrator": 1, "frontend": 1, "qa": 2, "code_reviewer": 1}
CHANGE_OF_LOOKS = {"router": 1, "frontend": 1}
MOST = {"full": 8, "shared": 9, "change": 6, "looks": 4}  # calls in all, whoever makes them
ROUND_OF_FIXES = 3  # calls more

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
def test_an_app_and_its_changes_take_few_calls(stack: Stack) -> None:
    user = Conversation(stack)

    ready, calls = user.ask("Build me a todo app with modern UI")
    assert "is ready" in ready
    assert within(calls, FULL_BUILD), calls
    assert calls["qa"] == 2
    judged = stack.brief_of("qa")
    assert "<sources>" not in judged, "all of it is proven, and there is nothing to look up"
    assert 'button "Add"' in judged
    assert calls.total() <= MOST["full"]

    ready, calls = user.ask("Make it green")
    assert "is ready" in ready
    assert within(calls, CHANGE_OF_LOOKS), calls
    assert calls.total() <= MOST["looks"]

    ready, calls = user.ask("Add a due date")
    assert "is ready" in ready
    assert within(calls, CHANGE), calls
    assert calls["qa"] == 2, "what is new is written down, and judged"
    page = stack.brief_of("orchestrator").partition("<page>")[2].partition("</page>")[0]
    assert 'button "Add"' in page, "the plan names what is there as it is named"
    assert calls.total() <= MOST["change"]

    # Nobody is asked to judge a change of looks, and what it breaks is found all the same.
    faulty, calls = user.ask(FORGETFUL)
    assert "does not work as it should yet" in faulty
    assert "orchestrator" not in calls


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_data_that_visitors_share_take_one_call_more(stack: Stack) -> None:
    ready, calls = Conversation(stack).ask("Build me a poll")

    assert "is ready" in ready
    assert within(calls, SHARED_DATA), calls
    assert calls["qa"] == 2
    assert calls.total() <= MOST["shared"]


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_the_engineer_fixes_and_hands_in_with_one_answer(stack: Stack) -> None:
    ready, calls = Conversation(stack).ask("Build me a sloppy counter")

    assert "is ready" in ready
    tools = [c["tools_called"] for c in stack.model_calls() if c["role"] == "frontend"]
    assert [called[-1] for called in tools] == ["hand_in", "hand_in"]
    assert stack.rows("SELECT result FROM agent WHERE agent_type = 'frontend'") == [
        {"result": "I fixed what was found: bug 1."}
    ]
    assert calls.total() <= sum(FULL_BUILD.values()) + ROUND_OF_FIXES, calls
