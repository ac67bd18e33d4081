"""The stand-in speaks Anthropic's Messages API to the real client."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx2
import pytest

from bot.model.answers import Plan
from bot.model.structured import strict_schema
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from tests.papers import locked, long_paper, menu
from tests.sandbox_claude_driver import MODEL, Folder, ask, brief, client_of, question, work

pytestmark = pytest.mark.anyio

REQUEST_TEXT = brief(request_text="Build me a todo app", design="none", files="none")


@pytest.fixture
def server() -> Iterator[FakeClaude]:
    with FakeClaude() as server:
        yield server


def calls(server: FakeClaude) -> list[dict[str, Any]]:
    return server.journal.as_json()


async def until_last_call(server: FakeClaude, outcome: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while not (made := calls(server)) or made[-1]["outcome"] != outcome:
        assert time.monotonic() < deadline, made
        await asyncio.sleep(0.01)
    return calls(server)[-1]


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


async def test_an_answer_longer_than_max_tokens_is_cut(server: FakeClaude) -> None:
    parameters = question("orchestrator", brief(request_text="a quiz", files="none"))
    async with client_of(server) as client:
        answer = await ask(client, **{**parameters, "max_tokens": 10})
    assert answer.stop_reason == "max_tokens"
    assert answer.usage.output_tokens == 10


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        ("overloaded", anthropic.OverloadedError, "overloaded_error"),
        ("overloaded_mid_stream", anthropic.APIStatusError, "overloaded_error"),
        ("rate_limit", anthropic.RateLimitError, "rate_limit_error"),
        ("server_error", anthropic.InternalServerError, "api_error"),
        ("prompt_too_long", anthropic.BadRequestError, "invalid_request_error"),
    ],
)
async def test_faults_reach_the_client_as_its_own_errors(
    server: FakeClaude, fault: str, error: type[anthropic.APIStatusError], kind: str
) -> None:
    server.faults.add([ClaudeFault.model_validate({"fault": fault})])
    async with client_of(server) as client:
        with pytest.raises(error) as raised:
            await ask(client, **question("router", "hello"))
        assert raised.value.type == kind
        assert (raised.value.status_code == 200) == (fault == "overloaded_mid_stream")
        await ask(client, **question("router", "hello"))


async def test_a_cut_stream_is_a_broken_connection(server: FakeClaude) -> None:
    server.faults.add([ClaudeFault(fault="cut_stream")])
    async with client_of(server) as client:
        with pytest.raises(httpx2.HTTPError):
            await ask(client, **question("router", "hello"))
        await ask(client, **question("router", "hello"))
    assert [call["outcome"] for call in calls(server)] == ["broken_off", "completed"]
    assert calls(server)[0]["usage"]["cache_creation_input_tokens"] > 0


async def test_a_stream_may_lack_its_end(server: FakeClaude) -> None:
    server.faults.add([ClaudeFault(fault="no_message_stop")])
    async with client_of(server) as client:
        answer = await ask(client, **question("router", "hello"))
    assert answer.stop_reason is None


@pytest.mark.parametrize(
    ("fault", "stop_reason"),
    [
        ("max_tokens", "max_tokens"),
        ("refusal", "refusal"),
        ("context_exceeded", "model_context_window_exceeded"),
    ],
)
async def test_faults_that_end_an_answer_early(
    server: FakeClaude, fault: str, stop_reason: str
) -> None:
    server.faults.add([ClaudeFault.model_validate({"fault": fault})])
    async with client_of(server) as client:
        answer = await ask(client, **question("router", "hello"))
    assert answer.stop_reason == stop_reason


async def test_the_clients_retries_use_faults_up(server: FakeClaude) -> None:
    server.faults.add([ClaudeFault(fault="rate_limit", times=2, retry_after=0.01)])
    async with client_of(server, max_retries=2) as client:
        await ask(client, **question("router", "hello"))
    assert [call["status"] for call in calls(server)] == [429, 429, 200]
    assert server.faults.waiting() == []


async def test_a_fault_waits_for_its_role_and_turn(server: FakeClaude) -> None:
    server.faults.add([ClaudeFault(fault="refusal", role="frontend", after_turns=2)])
    async with client_of(server) as client:
        await ask(client, **question("router", "hello"))
        with pytest.raises(AssertionError):  # the driver's: a turn ended by a refusal
            await work(client, "frontend", REQUEST_TEXT, Folder())
    assert [call["stop_reason"] for call in calls(server)] == [
        "end_turn",
        "tool_use",
        "tool_use",
        "refusal",
    ]


async def test_a_hanging_call_ends_with_the_client(server: FakeClaude) -> None:
    server.faults.add([ClaudeFault(fault="hang")])
    async with client_of(server, timeout=1.0) as client:
        with pytest.raises(anthropic.APITimeoutError):
            await ask(client, **question("router", "hello"))
    await until_last_call(server, "client_gone")


async def test_a_client_that_leaves_in_mid_stream_is_noticed(server: FakeClaude) -> None:
    with httpx2.Client(base_url=server.url) as operator:
        assert operator.post("/delay", json={"chunk": 1.0, "role": "router"}).is_success
    async with client_of(server) as client:
        async with client.messages.stream(**question("router", "hello")) as stream:
            async for _ in stream:
                break
        await until_last_call(server, "client_gone")


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


def shown(*papers: bytes) -> list[dict[str, Any]]:
    """A user's message that shows these PDFs."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "document",
            "source": {
                "type": "base64",
                "media_type": "application/pdf",
                "data": base64.b64encode(paper).decode(),
            },
        }
        for paper in papers
    ]
    return [{"role": "user", "content": [*blocks, {"type": "text", "text": REQUEST_TEXT}]}]


async def test_a_paper_is_read_and_costs_by_its_pages(server: FakeClaude) -> None:
    parameters = question("designer", REQUEST_TEXT)
    async with client_of(server) as client:
        bare = await ask(client, **parameters)
        seen = await ask(client, **parameters | {"messages": shown(menu())})

    assert calls(server)[-1]["papers"] == 1
    assert 3_000 < seen.usage.input_tokens - bare.usage.input_tokens < 4_000


@pytest.mark.parametrize(
    ("papers", "complaint"),
    [
        ([b"%PDF-1.7"], "was not valid"),
        ([locked(menu(), "secret")], "password protected"),
        ([long_paper(101)], "A maximum of 100 PDF pages"),
        ([long_paper(60), long_paper(61)], "A maximum of 100 PDF pages"),
    ],
    ids=["no PDF", "locked", "too long", "together too long"],
)
async def test_a_paper_that_the_real_api_refuses_is_refused(
    server: FakeClaude, papers: list[bytes], complaint: str
) -> None:
    async with client_of(server) as client:
        with pytest.raises(anthropic.BadRequestError, match=complaint):
            await ask(client, **question("designer", REQUEST_TEXT) | {"messages": shown(*papers)})
