"""The stand-in refuses what the real API refuses, with the same errors."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from bot.sandbox.claude.server import FakeClaude
from tests.sandbox_claude_driver import MODEL, ask, calls, client_of, question

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[FakeClaude]:
    with FakeClaude() as server:
        yield server


def _result(tool_use_id: str) -> dict[str, Any]:
    return {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": tool_use_id, "content": "x"}],
    }


def _tool(schema: dict[str, Any], name: str = "look") -> dict[str, Any]:
    return {"name": name, "input_schema": schema}


def _with(schema: dict[str, Any], name: str = "a") -> dict[str, Any]:
    return {"type": "object", "properties": {name: schema}}


HELLO = {"role": "user", "content": "hello"}
USE = {
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "toolu_1", "name": "list_files", "input": {}}],
}
MARKED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
OPEN_SCHEMA = {"format": {"type": "json_schema", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"messages": [{"role": "assistant", "content": "hi"}, HELLO]}, "first message"),
        ({"messages": [HELLO, {"role": "assistant", "content": "hi"}]}, "prefill"),
        ({"messages": [HELLO, USE, HELLO]}, "without `tool_result` blocks"),
        ({"messages": [HELLO, USE, _result("toolu_2")]}, "unexpected `tool_use_id`"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "non-empty"),
        ({"messages": []}, "messages"),
        ({"max_tokens": 200_000}, "maximum allowed number of output tokens"),
        ({"system": [MARKED] * 5}, "A maximum of 4 blocks"),
        ({"output_config": OPEN_SCHEMA}, "additionalProperties"),
        ({"tool_choice": {"type": "any"}}, "forced tool use"),
        ({"extra_body": {"temperature": 1}}, "temperature"),
        ({"tools": [_tool({"type": "object", "anyOf": [{}]})]}, "anyOf at the top level"),
        ({"tools": [_tool({"type": "array"})]}, "should be 'object'"),
        ({"tools": [_tool({"type": "object", "required": 1})]}, "draft 2020-12"),
        ({"tools": [_tool(_with({"$ref": "#/$defs/a"}))]}, "cannot be resolved"),
        ({"tools": [_tool(_with({}, "a b"))]}, "Property keys should match"),
        ({"tools": [_tool({"type": "object"}, "a.b")]}, "should match pattern"),
        ({"tools": [_tool({"type": "object"})] * 2}, "must be unique"),
    ],
)
async def test_invalid_requests_are_refused_with_a_reason(
    server: FakeClaude, change: dict[str, Any], complaint: str
) -> None:
    parameters = {"model": MODEL, "max_tokens": 100, "messages": [HELLO], **change}
    async with client_of(server) as client:
        with pytest.raises(anthropic.BadRequestError, match=complaint) as refusal:
            await ask(client, **parameters)
    assert refusal.value.type == "invalid_request_error"
    assert calls(server) == []


@pytest.mark.parametrize(
    "change",
    [
        {"model": "claude-opus-5-5"},
        {"system": "# Role: qa"},
        {"tools": [_tool({"type": "object"})]},
    ],
)
async def test_thinking_is_bound_to_what_stood_before_it(
    server: FakeClaude, change: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": 1_000, "messages": [HELLO]}
    async with client_of(server) as client:
        for _ in range(2):  # the second time it is redacted
            answer = await ask(client, **asked)
            asked["messages"] = [
                *asked["messages"],
                {"role": "assistant", "content": [block.to_dict() for block in answer.content]},
                HELLO,
            ]
        assert (await ask(client, **asked)).content[0].type == "thinking"
        with pytest.raises(anthropic.BadRequestError, match="are bound to the model"):
            await ask(client, **{**asked, **change})
    assert answer.content[0].type == "redacted_thinking"


async def test_an_unknown_model_is_not_found(server: FakeClaude) -> None:
    async with client_of(server) as client:
        with pytest.raises(anthropic.NotFoundError):
            await ask(client, model="claude-0", max_tokens=10, messages=[HELLO])
        with pytest.raises(anthropic.NotFoundError):
            await client.models.retrieve("claude-0")


async def test_a_prompt_beyond_the_window_is_too_long() -> None:
    with FakeClaude(window=500) as server:
        async with client_of(server) as client:
            assert (await client.models.retrieve(MODEL)).max_input_tokens == 500
            with pytest.raises(anthropic.BadRequestError, match=r"\d+ tokens > 500 maximum"):
                await ask(client, **question("router", "hello"))
        assert calls(server)[0]["outcome"] == "refused"
        assert calls(server)[0]["usage"] is None
