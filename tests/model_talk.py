"""A call of a model without a network, after which the SDK knows all that an answer holds.

It makes a validator for each kind of event and block when it first meets one, which takes a fifth
of a second; processes that are forked after this talk have them already.
"""

import asyncio
import json
from collections.abc import Iterator

import httpx2
from anthropic import AsyncAnthropic

MODEL = "claude-sonnet-5-5"
USAGE = {
    "input_tokens": 9,
    "output_tokens": 9,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "output_tokens_details": {"thinking_tokens": 0},
    "service_tier": "standard",
}
BLOCKS = (
    (
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "mine"},
    ),
    ({"type": "text", "text": ""}, {"type": "text_delta", "text": "Hello"}),
    (
        {"type": "tool_use", "id": "toolu_1", "name": "greet", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"whom": "you"}'},
    ),
)


def talk_to_a_model() -> None:
    """Let the SDK send a conversation and read a thought, words and a call of a tool."""
    asyncio.run(_talk())


async def _talk() -> None:
    transport = httpx2.MockTransport(_answer)
    async with AsyncAnthropic(
        api_key="nobody's", http_client=httpx2.AsyncClient(transport=transport)
    ) as client:
        await client.models.retrieve(MODEL)
        async with client.messages.stream(
            model=MODEL,
            max_tokens=100,
            system=[{"type": "text", "text": "Answer.", "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
            tools=[{"name": "greet", "input_schema": {"type": "object"}}],
            output_config={"effort": "low"},
            thinking={"type": "adaptive"},
        ) as stream:
            async for _ in stream:
                pass


def _answer(request: httpx2.Request) -> httpx2.Response:
    if request.method == "GET":
        limits = {"max_input_tokens": 9, "max_tokens": 9, "capabilities": {}, "line": "sonnet"}
        told = {"id": MODEL, "type": "model", "display_name": MODEL, **limits}
        return httpx2.Response(200, json=told)
    sent = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in _events())
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=sent)


def _events() -> Iterator[dict[str, object]]:
    message: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE,
    }
    yield {"type": "message_start", "message": message}
    for index, (block, *deltas) in enumerate(BLOCKS):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending = {"stop_reason": "tool_use", "stop_sequence": None}
    yield {"type": "message_delta", "delta": ending, "usage": USAGE}
    yield {"type": "message_stop"}
