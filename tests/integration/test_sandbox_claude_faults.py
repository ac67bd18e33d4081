"""Faults that the stand-in is given reach the client as the real API's would."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.server import FakeClaude
from tests.sandbox_claude_driver import (
    REQUEST_TEXT,
    Folder,
    ask,
    calls,
    client_of,
    question,
    work,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[FakeClaude]:
    with FakeClaude() as server:
        yield server


async def until_last_call(server: FakeClaude, outcome: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while not (made := calls(server)) or made[-1]["outcome"] != outcome:
        assert time.monotonic() < deadline, made
        await asyncio.sleep(0.01)
    return calls(server)[-1]


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
