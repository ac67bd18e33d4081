"""What the model is sent again it has cached, and what it is sent at all is needed."""

from typing import Any

import pytest

from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack, announced
from tests.prompts import (
    Asked,
    Body,
    asked,
    changed_prefixes,
    cost,
    pieces,
    tokens_of_crew,
)

TURNS = 40
MOST_TOKENS = 50_000  # read and written for a todo app by all agents
LONG_BUILD = (
    f'Build me a todo app [[frontend afterwards {TURNS} times: read_file {{"path": "icon.svg"}}]]'
)


def built(stack: Stack, request_text: str = "Build me a todo app, step by step") -> list[Asked]:
    """All calls that were made for a request."""
    phone = stack.phone()
    phone.say(request_text)
    phone.wait_for(announced, 150)
    return asked(stack.claude.journal.answered())


def test_the_prefix_of_a_conversation_never_changes(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app, step by step")
    first = phone.wait_for(announced, 60)
    phone.say("Change the title to Groceries, step by step")
    phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    calls = asked(stack.claude.journal.answered())

    assert len(calls) > 10
    assert list(changed_prefixes(calls)) == []


def test_the_turn_that_breaks_a_prefix_is_named(stack: Stack) -> None:
    calls = built(stack)
    last = [call for call in calls if call.role == "frontend"][-1]
    last.body["messages"][2]["content"][0]["content"] = "what time it is now"

    (told,) = list(changed_prefixes(calls))

    assert told.startswith("frontend, turn ")
    assert told.endswith(": message 2 (user)")


def test_the_breakpoints_are_where_they_help(stack: Stack) -> None:
    for call in built(stack):
        users = [f"{n}" for n, m in enumerate(call.body["messages"]) if m["role"] == "user"]
        tools = call.body.get("tools", [])
        assert _marked(call.body) == ["system", *(users[-2:] if tools else [])]
        assert not any("cache_control" in tool for tool in tools)
        assert tools == sorted(tools, key=lambda tool: str(tool["name"]))


def _marked(body: Body) -> list[str]:
    """Where the cache has breakpoints."""
    return [name for name, part in _ends(body) if "cache_control" in part]


def _ends(body: Body) -> list[tuple[str, dict[str, Any]]]:
    """The last blocks of the system prompt and of every message."""
    return [
        ("system", body["system"][-1]),
        *((f"{n}", message["content"][-1]) for n, message in enumerate(body["messages"])),
    ]


@pytest.mark.timeout(300)
def test_caching_makes_a_build_of_40_turns_at_least_80_percent_cheaper(stack: Stack) -> None:
    calls = [call for call in built(stack, LONG_BUILD) if call.role == "frontend"]
    assert len(calls) >= TURNS

    dear, cheap = cost(calls, cached=False), cost(calls, cached=True)

    assert cheap <= 0.2 * dear, f"${cheap:.3f} instead of ${dear:.3f}"
    assert list(changed_prefixes(calls)) == []


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_a_whole_build_with_its_judges_takes_few_tokens(lender: Lender) -> None:
    with lender.lend({"CHECK_APPS": "true"}) as stack:
        calls = [call for call in built(stack, "Build me a todo app") if call.role != "router"]
    assert {call.role for call in calls} >= {"designer", "frontend", "qa", "code_reviewer"}

    assert tokens_of_crew(calls) <= MOST_TOKENS
    (judged,) = [call for call in calls if call.role == "qa" and "tools" in call.body]
    assert _marked(judged.body) == ["system"]  # all was proven, so it has nothing to try again


def test_a_prompt_is_compared_to_the_byte() -> None:
    one = {"system": [], "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}
    other = {
        "system": [],
        "messages": [{"role": "user", "content": [{"text": "a", "type": "text"}]}],
    }
    assert pieces(one) != pieces(other)
