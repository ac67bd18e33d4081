"""An answer as the Messages API sends it: one JSON message, or a stream of named events."""

import json
from collections.abc import Iterator

from bot.sandbox.claude.answers import ScriptedAnswer, Text, Thinking
from bot.sandbox.claude.problems import Json

TEXT_CHUNK = 24  # characters
INPUT_CHUNK = 240  # characters of a tool's input
# What a careless server sends for an event, by the name of the fault.
MALFORMED_EVENTS = {
    "no_json": b'event: content_block_delta\ndata: {"type": "content_block_delta", \n\n',
    "unknown_block": (
        b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 99,'
        b' "delta": {"type": "text_delta", "text": "?"}}\n\n'
    ),
}


def message(message_id: str, model: str, answer: ScriptedAnswer, usage: Json) -> Json:
    """The whole answer."""
    return {
        **_envelope(message_id, model, usage),
        "content": [part.block() for part in answer.parts],
        "stop_reason": answer.stop_reason,
        "stop_details": _stop_details(answer),
    }


def stream(message_id: str, model: str, answer: ScriptedAnswer, usage: Json) -> list[Json]:
    """The events of a stream, in order; each one's `type` is also its name."""
    started = {**_envelope(message_id, model, {**usage, "output_tokens": 1}), "content": []}
    return [
        {"type": "message_start", "message": {**started, "stop_reason": None}},
        {"type": "ping"},
        *_content(answer),
        {
            "type": "message_delta",
            "delta": {
                "stop_reason": answer.stop_reason,
                "stop_sequence": None,
                "stop_details": _stop_details(answer),
            },
            "usage": {name: value for name, value in usage.items() if "_tokens" in name},
        },
        {"type": "message_stop"},
    ]


def as_bytes(event: Json) -> bytes:
    """The event on the wire."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _envelope(message_id: str, model: str, usage: Json) -> Json:
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "stop_sequence": None,
        "usage": usage,
    }


def _stop_details(answer: ScriptedAnswer) -> Json | None:
    if answer.stop_reason != "refusal":
        return None
    return {"type": "refusal", "category": None, "explanation": None}


def _content(answer: ScriptedAnswer) -> Iterator[Json]:
    for index, part in enumerate(answer.parts):
        yield {"type": "content_block_start", "index": index, "content_block": part.block("")}
        if isinstance(part, Text):
            for words in _chunks(part.words, TEXT_CHUNK):
                yield _delta(index, {"type": "text_delta", "text": words})
        elif isinstance(part, Thinking):
            if not part.is_redacted:
                yield _delta(index, {"type": "thinking_delta", "thinking": part.words})
                if part.signature:
                    signed: Json = {"type": "signature_delta", "signature": part.signature}
                    yield _delta(index, signed)
        else:
            yield _delta(index, {"type": "input_json_delta", "partial_json": ""})
            for words in _chunks(part.words, INPUT_CHUNK):
                yield _delta(index, {"type": "input_json_delta", "partial_json": words})
        yield {"type": "content_block_stop", "index": index}


def _delta(index: int, delta: Json) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _chunks(words: str, size: int) -> Iterator[str]:
    for start in range(0, len(words), size):
        yield words[start : start + size]
