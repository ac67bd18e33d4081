"""What happens to one call: checked, journalled, billed and answered, or made to fail."""

import secrets
from dataclasses import dataclass, replace

from bot.sandbox.claude import crew, events, problems
from bot.sandbox.claude.answers import ScriptedAnswer, cut, finish, refuse, say, with_counted_ids
from bot.sandbox.claude.caching import PromptCache, hash_frozen_part, split_prompt
from bot.sandbox.claude.catalogue import MODELS, find_model
from bot.sandbox.claude.conversation import Conversation, read_conversation
from bot.sandbox.claude.faults import ClaudeFault, ClaudeFaults
from bot.sandbox.claude.journal import CallRecord, Journal, Operation
from bot.sandbox.claude.markdown_habit import in_markdown
from bot.sandbox.claude.messages import MessagesRequest, read_request
from bot.sandbox.claude.problems import ApiProblem, Json
from bot.sandbox.claude.structured import with_required_fields
from bot.sandbox.claude.thinking import check_thinking, with_thinking

_REFUSALS = {
    "overloaded": problems.overloaded,
    "server_error": problems.server_error,
}
# How a stream ends when it does not end well.
BROKEN_ENDS = {
    "overloaded_mid_stream",
    "cut_stream",
    "no_message_stop",
    "no_json",
    "unknown_block",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that has been read and journalled, with the fault that meets it."""

    request: MessagesRequest
    conversation: Conversation
    record: CallRecord
    fault: ClaudeFault | None


@dataclass(frozen=True, kw_only=True)
class ServedMessage:
    """A message to send: whole, as its events, and how its stream is to break, if it is."""

    message: Json
    events: list[Json]
    broken_end: str | None


class MessagesService:
    """The API behind the HTTP server; `window` (tokens) replaces every model's own when given."""

    def __init__(
        self,
        *,
        cache: PromptCache,
        faults: ClaudeFaults,
        journal: Journal,
        window: int | None = None,
    ) -> None:
        self.faults = faults
        self.journal = journal
        self._cache = cache
        self._window = window

    def model(self, model_id: str) -> Json:
        """`GET /v1/models/{id}`. Raises `ApiProblem`."""
        return find_model(model_id).as_json(self._window)

    def models(self) -> Json:
        """`GET /v1/models`."""
        listed = [model.as_json(self._window) for model in MODELS.values()]
        return {
            "data": listed,
            "has_more": False,
            "first_id": listed[0]["id"],
            "last_id": listed[-1]["id"],
        }

    def count_tokens(self, body: bytes) -> Json:
        """`POST /v1/messages/count_tokens`. Raises `ApiProblem`."""
        request = read_request(body, needs_max_tokens=False)
        record = self._record(request, read_conversation(request), "count_tokens")
        record.end("completed")
        return {"input_tokens": sum(piece.tokens for piece in split_prompt(request))}

    def accept(self, body: bytes) -> Call:
        """Read a call of `POST /v1/messages` and journal it. Raises `ApiProblem`."""
        request = read_request(body, needs_max_tokens=True)
        conversation = read_conversation(request)
        record = self._record(request, conversation, "stream" if request.stream else "create")
        fault = self.faults.take(conversation.role, conversation.turn, request.model)
        record.fault = fault.fault if fault else None
        record.body = body if self.journal.keeps_bodies else None
        return Call(request=request, conversation=conversation, record=record, fault=fault)

    def reply(self, call: Call) -> ServedMessage:
        """Answer a call. Raises `ApiProblem` when it is refused; either way the journal knows."""
        try:
            return self._reply(call)
        except ApiProblem as problem:
            call.record.status = problem.status
            call.record.error = f"{problem.kind}: {problem}"
            call.record.end("refused")
            raise

    def _reply(self, call: Call) -> ServedMessage:
        request, record = call.request, call.record
        pieces = split_prompt(request)
        tokens = sum(piece.tokens for piece in pieces)
        window = self._window or find_model(request.model).window
        self._refuse(call, tokens, window)
        check_thinking(request)
        if tokens > window:
            raise problems.prompt_too_long(tokens, window)
        answer = self._answer(call, window - tokens)
        usage = self._cache.settle(pieces).as_json(answer.output_tokens, answer.thinking_tokens)
        record.message_id = f"msg_{secrets.token_hex(12)}"
        record.stop_reason = answer.stop_reason
        record.tools_called = [part.name for part in answer.tool_calls]
        record.usage = usage
        return ServedMessage(
            message=events.message(record.message_id, request.model, answer, usage),
            events=events.stream(record.message_id, request.model, answer, usage),
            broken_end=call.fault.fault if call.fault and call.fault.fault in BROKEN_ENDS else None,
        )

    def _refuse(self, call: Call, tokens: int, window: int) -> None:
        fault = call.fault
        if fault is None:
            return
        if fault.fault == "rate_limit":
            raise problems.rate_limited(fault.retry_after)
        if fault.fault == "prompt_too_long":
            raise problems.prompt_too_long(max(tokens, window + 1), window)
        if fault.fault == "unknown_model":
            raise problems.not_found(f"model: {call.request.model}")
        if fault.fault == "invalid_request":
            raise problems.invalid("messages: this conversation is not accepted")
        if fault.fault == "refused_tool":
            for number, tool in enumerate(call.request.tools):
                if tool.name == fault.tool:
                    raise problems.invalid(f"tools.{number}.custom.input_schema: not supported")
        if fault.fault == "refused_pictures" and call.record.pictures:
            raise problems.not_found("No endpoints found that support image input")
        if fault.fault in _REFUSALS:
            raise _REFUSALS[fault.fault]()

    def _answer(self, call: Call, room: int) -> ScriptedAnswer:
        """The crew's answer within `max_tokens` and the window's `room` (tokens)."""
        answer = with_required_fields(call.request, crew.answer(call.conversation))
        match call.fault.fault if call.fault else None:
            case "refusal":
                return refuse()
            case "nonsense":
                return finish("Let me tell you something else instead.")
            case "silent_end":
                return finish(" \n")
            case "whitespace":
                return replace(answer, parts=(say("\n\n"), *answer.parts))
            case "repeated_ids":
                return with_thinking(call.request, with_counted_ids(answer))
            case "markdown":
                return with_thinking(call.request, in_markdown(answer))
        answer = with_thinking(call.request, answer)
        half = max(1, answer.output_tokens // 2)
        match call.fault.fault if call.fault else None:
            case "max_tokens":
                return cut(answer, half, "max_tokens")
            case "context_exceeded":
                return cut(answer, half, "model_context_window_exceeded")
        if answer.output_tokens > min(call.request.max_tokens, room):
            if room < call.request.max_tokens:
                return cut(answer, room, "model_context_window_exceeded")
            return cut(answer, call.request.max_tokens, "max_tokens")
        return answer

    def _record(
        self, request: MessagesRequest, conversation: Conversation, operation: Operation
    ) -> CallRecord:
        record = CallRecord(
            number=self.journal.next_number(),
            operation=operation,
            role=conversation.role,
            model=request.model,
            turn=conversation.turn,
            system_first_line=conversation.first_line,
            frozen_sha256=hash_frozen_part(request),
            prompt_sha256=split_prompt(request)[-1].prefix,
            pictures=sum(b.pictures for message in request.messages for b in message.content),
            papers=sum(len(b.pdfs) for message in request.messages for b in message.content),
        )
        self.journal.add(record)
        return record
