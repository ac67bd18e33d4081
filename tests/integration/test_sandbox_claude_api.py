"""The stand-in speaks Anthropic's Messages API to the real client."""

import asyncio
import json
import time
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import anthropic
import httpx2
import pytest

from bot.model.answers import Plan
from bot.model.structured import strict_schema
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from tests.sandbox_claude_driver import (
    REQUEST_TEXT,
    ask,
    brief,
    calls,
    client_of,
    question,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[FakeClaude]:
    with FakeClaude() as server:
        yield server


async def test_a_streamed_answer_equals_the_whole_one(server: FakeClaude) -> None:
    parameters = question("orchestrator", brief(request_text="a counter", files="none"))
    parameters["max_tokens"] = 8_000  # above 21,334 the client insists on streaming
    async with client_of(server) as client:
        streamed = await ask(client, **parameters)
        whole = await client.messages.create(**parameters)

    assert [block.to_dict() for block in streamed.content] == [b.to_dict() for b in whole.content]
    assert streamed.stop_reason == whole.stop_reason == "end_turn"
    assert streamed.usage.output_tokens == whole.usage.output_tokens > 20
    assert streamed.id.startswith("msg_")


async def test_events_come_in_the_order_of_the_real_api(server: FakeClaude) -> None:
    parameters = question("frontend", REQUEST_TEXT)
    parameters["tools"] = [{"name": "list_files", "input_schema": {"type": "object"}}]
    async with client_of(server) as client:
        raw = await client.messages.create(**parameters, stream=True)
        kinds = [event.type async for event in raw]

    assert [kind for kind in kinds if kind != "content_block_delta"] == [
        "message_start",
        *["content_block_start", "content_block_stop"] * 3,  # thinking, text, a tool
        "message_delta",
        "message_stop",
    ]


async def test_structured_answers_fill_the_products_own_schema(server: FakeClaude) -> None:
    parameters = question("orchestrator", brief(request_text="a quiz <&> more", files="none"))
    schema = {"type": "json_schema", "schema": strict_schema(Plan)}
    async with client_of(server) as client:
        answer = await ask(client, **parameters, output_config={"format": schema})

    assert answer.content[-1].type == "text"
    plan = Plan.model_validate_json(answer.content[-1].text)
    assert plan.summary.startswith("(offline stand-in, no Claude)")


async def test_each_turn_reads_from_the_cache_what_the_last_one_wrote(
    server: FakeClaude,
) -> None:
    async with client_of(server) as client:
        await work_with_marks(client)

    usages = [call["usage"] for call in calls(server)]
    assert usages[0]["cache_read_input_tokens"] == 0
    assert usages[0]["cache_creation_input_tokens"] > 1000
    for before, after in pairwise(usages):
        cached = before["cache_read_input_tokens"] + before["cache_creation_input_tokens"]
        assert after["cache_read_input_tokens"] == cached
        assert after["cache_creation_input_tokens"] > 0
    assert len({call["frozen_sha256"] for call in calls(server)}) == 1
    assert len({call["prompt_sha256"] for call in calls(server)}) == len(usages)


async def work_with_marks(client: anthropic.AsyncAnthropic) -> None:
    """Three turns with the automatic top-level mark."""
    parameters = question("frontend", REQUEST_TEXT)
    parameters["tools"] = [{"name": "list_files", "input_schema": {"type": "object"}}]
    for _ in range(3):
        answer = await ask(client, **parameters, cache_control={"type": "ephemeral"})
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": "none", "is_error": True}
            for block in answer.content
            if block.type == "tool_use"
        ]
        parameters["messages"] += [
            {"role": "assistant", "content": [block.to_dict() for block in answer.content]},
            {"role": "user", "content": results},
        ]


async def test_models_and_token_counts(server: FakeClaude) -> None:
    async with client_of(server) as client:
        model = await client.models.retrieve("claude-sonnet-5-5")
        listed = [model.id async for model in client.models.list()]
        parameters = question("router", "hello")
        del parameters["max_tokens"]
        count = await client.messages.count_tokens(**parameters)
        answer = await ask(client, **parameters, max_tokens=1000)

    assert (model.max_input_tokens, model.max_tokens) == (1_000_000, 128_000)
    assert "claude-haiku-5-5" in listed
    usage = answer.usage
    assert count.input_tokens == usage.input_tokens + (usage.cache_creation_input_tokens or 0)
    assert [call["operation"] for call in calls(server)] == ["count_tokens", "stream"]


async def test_only_the_expected_key_is_let_in() -> None:
    with FakeClaude(api_key="right") as server:
        async with client_of(server, api_key="wrong") as client:
            with pytest.raises(anthropic.AuthenticationError) as refusal:
                await ask(client, **question("router", "hello"))
        async with client_of(server, api_key="right") as client:
            await ask(client, **question("router", "hello"))
        with httpx2.Client(base_url=server.url) as anybody:
            headers = {"anthropic-version": "2023-06-01"}
            assert anybody.get("/v1/models", headers=headers).status_code == 401
            assert anybody.get("/v1/models", headers={**headers, "x-api-key": "right"}).is_success
    assert refusal.value.type == "authentication_error"


async def test_an_answer_longer_than_max_tokens_is_cut(server: FakeClaude) -> None:
    parameters = question("orchestrator", brief(request_text="a quiz", files="none"))
    async with client_of(server) as client:
        answer = await ask(client, **{**parameters, "max_tokens": 10})
    assert answer.stop_reason == "max_tokens"
    assert answer.usage.output_tokens == 10


@pytest.mark.lengthy
async def test_many_calls_run_at_once() -> None:
    with FakeClaude(delay=Delay(before=2)) as server:
        async with client_of(server) as client:
            started = time.monotonic()
            await asyncio.gather(
                *(ask(client, **question("router", f"hello {i}")) for i in range(20))
            )
    assert time.monotonic() - started < 20, "and not 40"
    assert len({call["prompt_sha256"] for call in calls(server)}) == 20


async def test_the_journal_and_the_faults_are_kept_over_http(server: FakeClaude) -> None:
    async with client_of(server) as client:
        await ask(client, **question("router", "hello"))
    with httpx2.Client(base_url=server.url) as operator:
        (call,) = operator.get("/calls").json()
        faults = [{"fault": "overloaded", "times": 2, "role": "frontend", "after_turns": 3}]
        assert operator.post("/faults", json=faults).json()[0]["times"] == 2
        assert len(operator.get("/faults").json()) == 1
        assert operator.delete("/faults").json() == []
        assert operator.post("/faults", json=[{"fault": "bad luck"}]).status_code == 400
        stranger = {"Origin": "http://elsewhere.test"}
        assert operator.post("/faults", json=faults, headers=stranger).status_code == 403
        for name in ("elsewhere.test", f"elsewhere.test:{urlsplit(server.url).port}", "[::", ""):
            assert operator.get("/calls", headers={"Host": name}).status_code == 403
        assert operator.get("/calls", headers={"Host": "localhost"}).status_code == 200
        assert operator.get("/faults").json() == []
        operator.delete("/calls")
        assert operator.get("/calls").json() == []
    assert call["role"] == "router"
    assert call["turn"] == 1
    assert call["outcome"] == "completed"
    assert call["system_first_line"] == "# Role: router"
    assert json.dumps(call)
