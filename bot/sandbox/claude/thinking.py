"""Thinking: how much a request lets its model think, and what binds that to the conversation.

Thinking is signed over the model, the system prompt, the tools and all messages before it. Sent
back under anything else it is refused, as on newer accounts of the real API.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator

from bot.sandbox.claude.answers import ScriptedAnswer, Thinking
from bot.sandbox.claude.catalogue import find_model
from bot.sandbox.claude.messages import Block, MessagesRequest
from bot.sandbox.claude.problems import invalid

_KEY = b"the stand-in's own"  # the same in each of its processes, so that it may be started again
_TOKENS = {"low": 8, "medium": 16, "high": 32, "xhigh": 64, "max": 128}
_THOUGHT = "Let me think this through step by step. "


def check_thinking(request: MessagesRequest) -> None:
    """Raises `ApiProblem` (400) for an effort or a way to think that the model does not take, and
    for thinking that belongs to another conversation.
    """
    model = find_model(request.model)
    way = (request.thinking or {}).get("type")
    if way is not None and way not in model.thinking_types:
        raise invalid(f"thinking: type `{way}` is not supported on {model.id}")
    if _effort(request) is not None and not model.takes_effort:
        raise invalid(f"output_config.effort: not supported on {model.id}")
    *before, _ = _prefixes(request)
    for number, (message, prefix) in enumerate(zip(request.messages, before, strict=True)):
        for place, block in enumerate(message.content):
            if block.type in {"thinking", "redacted_thinking"} and not _fits(block, prefix):
                raise invalid(
                    f"messages.{number}.content.{place}: `{block.type}` blocks are bound to the"
                    " model, system prompt, tools and messages before them, and cannot be sent"
                    " back after another prefix"
                )


def with_thinking(request: MessagesRequest, answer: ScriptedAnswer) -> ScriptedAnswer:
    """The answer after the thinking that the request asks for; every other time it is redacted."""
    model = find_model(request.model)
    way = (request.thinking or {}).get("type")
    if not model.takes_effort or way in {"disabled", "between_tools"} or not answer.parts:
        return answer
    tokens = _TOKENS[_effort(request) or model.own_effort]
    words = (_THOUGHT * tokens)[: tokens * 4]
    *_, prefix = _prefixes(request)
    is_redacted = len(request.messages) % 4 == 3
    signature = _signed(prefix, "" if is_redacted else words)
    thought = Thinking(words=words, signature=signature, is_redacted=is_redacted)
    return ScriptedAnswer(parts=(thought, *answer.parts), stop_reason=answer.stop_reason)


def _effort(request: MessagesRequest) -> str | None:
    return request.output_config.effort if request.output_config else None


def _fits(block: Block, prefix: str) -> bool:
    more = block.model_extra or {}
    given = more.get("signature" if block.type == "thinking" else "data")
    return hmac.compare_digest(_signed(prefix, str(more.get("thinking", ""))), str(given))


def _signed(prefix: str, words: str) -> str:
    return hmac.new(_KEY, f"{prefix}\0{words}".encode(), hashlib.sha256).hexdigest()


def _prefixes(request: MessagesRequest) -> Iterator[str]:
    """A hash of all that stands before each message, and at last of the whole request."""
    digest = hashlib.sha256(request.model.encode())
    tools = (tool.model_dump_json(exclude={"cache_control"}) for tool in request.tools)
    for text in (*tools, *_texts(request.system)):
        digest.update(text.encode())
    for message in request.messages:
        yield digest.hexdigest()
        for text in (message.role, *_texts(message.content)):
            digest.update(text.encode())
    yield digest.hexdigest()


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        yield block.model_dump_json(exclude={"cache_control"}, exclude_none=True)
