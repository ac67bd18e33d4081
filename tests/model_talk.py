"""A call of a model without a network, after which the SDK knows all that an answer holds.

It makes a validator for each kind of event and block when it first meets one, which takes a fifth
of a second; processes that are forked after this talk have them already.
"""

import asyncio

import httpx2
from anthropic import AsyncAnthropic

from bot.sandbox.claude import events
from bot.sandbox.claude.answers import ScriptedAnswer, Thinking, call, say
from bot.sandbox.claude.caching import PromptUsage
from bot.sandbox.claude.catalogue import find_model

MODEL = "claude-sonnet-5-5"


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
        return httpx2.Response(200, json=find_model(MODEL).as_json(None))
    answer = ScriptedAnswer(
        parts=[Thinking(words="Hm.", signature="mine"), say("Hello"), call("greet", whom="you")],
        stop_reason="tool_use",
    )
    prompt = PromptUsage(
        input_tokens=9, cache_read_tokens=0, written_5m_tokens=0, written_1h_tokens=0
    )
    usage = prompt.as_json(answer.output_tokens, answer.thinking_tokens)
    sent = b"".join(map(events.as_bytes, events.stream("msg_1", MODEL, answer, usage)))
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=sent)
