"""An answer is put together from the events of its stream."""

from typing import Any

import pytest
from anthropic.types import (
    MessageDeltaUsage,
    RawContentBlockStartEvent,
    RawMessageDeltaEvent,
    RawMessageStreamEvent,
    ToolUseBlock,
)
from anthropic.types.raw_message_delta_event import Delta
from pydantic import TypeAdapter

from bot.model.streamed_answer import StreamedAnswer
from handoffs.tokens import Usage

EVENT: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)

STARTED: dict[str, Any] = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "usage": {"input_tokens": 9, "output_tokens": 1, "cache_read_input_tokens": 40},
    },
}


def ended(reason: str = "end_turn", **usage: int) -> dict[str, Any]:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": reason},
        "usage": {"output_tokens": 7, **usage},
    }


def block(index: int, begun: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def tool_input(*pieces: str) -> list[dict[str, Any]]:
    begun = {"type": "tool_use", "id": "toolu_1", "name": "write_file", "input": {}}
    return block(0, begun, *({"type": "input_json_delta", "partial_json": p} for p in pieces))


def streamed(*events: dict[str, Any]) -> StreamedAnswer:
    answer = StreamedAnswer()
    for event in events:
        answer.add(EVENT.validate_python(event))
    return answer


def test_the_pieces_of_each_block_are_joined() -> None:
    thought = block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "A list "},
        {"type": "thinking_delta", "thinking": "it is."},
        {"type": "signature_delta", "signature": "signed"},
    )
    said = block(
        1,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "Here "},
        {"type": "text_delta", "text": "it is."},
    )
    blank = block(2, {"type": "text", "text": ""}, {"type": "text_delta", "text": "\n"})
    coming = streamed(STARTED, *thought, *said, *blank, ended(), {"type": "message_stop"})
    assert coming.pieces == ["A list ", "it is.", "Here ", "it is.", "\n"]
    answer = coming.complete()
    assert answer.content == [
        {"type": "thinking", "thinking": "A list it is.", "signature": "signed"},
        {"type": "text", "text": "Here it is."},
    ]
    assert answer.stop_reason == "end_turn"


def test_what_the_end_tells_of_the_usage_counts_and_what_it_leaves_out_stays() -> None:
    coming = streamed(STARTED)
    assert coming.usage == Usage(input_tokens=9, output_tokens=1, cache_read_tokens=40)
    assert coming.stop_reason is None
    coming.add(EVENT.validate_python(ended(cache_creation_input_tokens=3)))
    assert coming.usage == Usage(
        input_tokens=9, output_tokens=7, cache_read_tokens=40, cache_creation_tokens=3
    )


@pytest.mark.parametrize(
    ("pieces", "read"),
    [
        ((), {}),
        (("",), {}),
        (("", '{"path": "in', 'dex.html"}'), {"path": "index.html"}),
        (('{"path": "index.html", "con',), {"path": "index.html"}),  # cut off
    ],
)
def test_a_tools_input_is_read_once_it_is_whole(pieces: tuple[str, ...], read: object) -> None:
    answer = streamed(STARTED, *tool_input(*pieces), ended("tool_use")).complete()
    assert answer.content == [
        {"type": "tool_use", "id": "toolu_1", "name": "write_file", "input": read}
    ]


@pytest.mark.parametrize(
    ("written", "reason"), [("{path: 1}", "key must be"), ("[1]", "must be an object")]
)
def test_an_input_that_is_no_object_is_no_answer(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        streamed(STARTED, *tool_input(written), ended("tool_use")).complete()


def test_a_tool_that_is_told_nothing_is_told_that() -> None:
    begun = ToolUseBlock.model_construct(type="tool_use", id="toolu_1", name="list_files")
    starting = RawContentBlockStartEvent.model_construct(
        type="content_block_start", index=0, content_block=begun
    )
    coming = streamed(STARTED)
    coming.add(starting)
    coming.add(EVENT.validate_python(ended("tool_use")))
    assert coming.complete().content == [
        {"type": "tool_use", "id": "toolu_1", "name": "list_files", "input": {}}
    ]


def test_an_end_that_tells_no_usage_leaves_what_was_told() -> None:
    coming = streamed(STARTED)
    told = RawMessageDeltaEvent.model_construct(
        type="message_delta",
        delta=Delta.model_construct(stop_reason="end_turn"),
        usage=MessageDeltaUsage.model_construct(
            input_tokens=None,
            output_tokens=None,
            cache_creation_input_tokens=None,
            cache_read_input_tokens=None,
            output_tokens_details=None,
        ),
    )
    before = coming.usage
    coming.add(told)
    assert coming.usage == before


def test_a_block_of_another_kind_is_kept_as_it_came() -> None:
    begun = {"type": "redacted_thinking", "data": "secret"}
    answer = streamed(STARTED, *block(0, begun), ended()).complete()
    assert answer.content == [begun]
