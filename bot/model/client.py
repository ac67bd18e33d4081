"""The model client: one streamed answer a call, retried where that helps.

What fails, breaks in mid-stream (an overload that arrives as status 200, a cut connection, a
stream without an end or that cannot be read) or falls silent is asked again, here alone: the SDK's
own retries are off, so that the waits do not multiply. Every attempt is told to the caller's
ledger, because failed ones are paid for too.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from time import perf_counter

import anthropic
import httpx2
from anthropic import AsyncAnthropic, AsyncStream, omit
from anthropic.types import ModelInfo, RawMessageStreamEvent

from bot.errors import (
    ContextExceeded,
    ModelBusy,
    ModelError,
    ModelMisconfigured,
    ModelRefused,
    ModelUnknown,
    RequestRefused,
)
from bot.model.calls import (
    Attempt,
    ModelAnswer,
    ModelCall,
    ModelLimits,
    NoteUsage,
    RecordAttempt,
    note_nothing,
)
from bot.model.effort import known_efforts, level_of, thinking_of, ways_not_to_think
from bot.model.messages_api import CACHED, in_order, with_cache_breakpoints
from bot.model.streamed_answer import StreamedAnswer
from bot.settings.groups import ModelSettings
from handoffs.tokens import Usage, estimate_tokens
from telemetry.context import apart_from_the_trace

ATTEMPTS = 4
FIRST_BACKOFF = 1.0  # seconds; doubles with each attempt, with jitter
LONGEST_BACKOFF = 30.0  # seconds, also where the service asks for a longer wait
CONNECT_SECONDS = 10.0
NOTE_EVERY = 1.0  # seconds between two notes of what is used so far
DEFAULT_LIMITS = ModelLimits(window=200_000, max_output=32_000)

# How a refusal names a tool.
_TOOL_PLACE = re.compile(r"\btools\.(\d+)\.")

_OUR_FAULT = (
    anthropic.AuthenticationError,
    anthropic.PermissionDeniedError,
    anthropic.NotFoundError,
    anthropic.PaymentRequiredError,
)
# What comes of an event that is none: the SDK reads its JSON, and checks nothing of what it holds.
_NO_EVENT = (AttributeError, KeyError, TypeError, ValueError)
_NOT_WORTH_A_RETRY = (anthropic.BadRequestError, anthropic.UnprocessableEntityError, *_OUR_FAULT)


class ModelClient:
    """Claude, or anything that speaks its Messages API at `ANTHROPIC_BASE_URL`."""

    def __init__(self, model: ModelSettings) -> None:
        self._client = AsyncAnthropic(
            api_key=model.api_key.get_secret_value(),
            base_url=model.base_url,
            timeout=httpx2.Timeout(model.call_seconds, connect=CONNECT_SECONDS),
            max_retries=0,
            # Our trace context goes to nobody else.
            open_telemetry={"propagation": False},
        )
        self._limits: dict[str, ModelLimits] = {}
        self._first_event = model.first_event_seconds
        self._silence = model.silence_seconds
        self._whole_call = model.call_seconds

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def limits(self, model: str) -> ModelLimits:
        """The model's window and output limit, asked once; cautious ones if it does not tell.

        However much a model may write, half of a small window is for what it is asked.
        """
        if model not in self._limits:
            try:
                with apart_from_the_trace():  # no part of what is done for the request
                    info = await self._client.models.retrieve(model)
            except (anthropic.APIError, httpx2.HTTPError):
                return DEFAULT_LIMITS
            self._limits[model] = limits_of(info)
        return self._limits[model]

    async def ask(
        self,
        call: ModelCall,
        record: RecordAttempt,
        permit: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
        note: NoteUsage = note_nothing,
    ) -> ModelAnswer:
        """Ask, with retries, each attempt within a `permit`; what that raises ends them.

        `note` hears meanwhile what is used.

        Raises `ModelBusy` when the service stays overloaded or away, `ModelMisconfigured` when it
        does not accept key, model or request, `ModelRefused` on a refusal and `ContextExceeded`
        when the conversation no longer fits.
        """
        limits = DEFAULT_LIMITS if call.effort is None else await self.limits(call.model)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with permit():
                    return await self._ask_once(call, limits, record, note)
            except _NOT_WORTH_A_RETRY as error:
                raise _translate(error, call) from error
            except (anthropic.APIError, httpx2.HTTPError, _BrokenStreamError) as error:
                if attempt == ATTEMPTS:
                    raise ModelBusy(f"{type(error).__name__} after {ATTEMPTS} attempts") from error
                await asyncio.sleep(_backoff(attempt, error))
        raise AssertionError("the last attempt returns or raises")

    async def _ask_once(
        self, call: ModelCall, limits: ModelLimits, record: RecordAttempt, note: NoteUsage
    ) -> ModelAnswer:
        coming = StreamedAnswer()
        started = perf_counter()
        noted_at: float | None = None  # when it began to answer, then when it was told last
        try:
            async with (
                self._patience() as hear,
                await self._stream(call, limits) as stream,
            ):
                while await _take_in(stream, coming):  # the SDK leaves out pings
                    hear()
                    noted_at = noted_at or perf_counter()
                    if perf_counter() - noted_at >= NOTE_EVERY:
                        noted_at = perf_counter()
                        await note(_used_so_far(coming))
            if coming.stop_reason is None:
                raise _EndlessStreamError
            answer = _complete(coming)
        except BaseException as error:
            # A cancelled or broken call has used what its start reported, and what it has said
            # is paid for too; the ledger wants it.
            await record(
                Attempt(
                    outcome=type(error).__name__.lstrip("_"),
                    answered=False,
                    usage=_used_so_far(coming),
                    seconds=perf_counter() - started,
                )
            )
            raise
        await record(
            Attempt(
                outcome=answer.stop_reason,
                answered=True,
                usage=answer.usage,
                seconds=perf_counter() - started,
            )
        )
        if answer.stop_reason == "refusal":
            raise ModelRefused
        if answer.stop_reason == "model_context_window_exceeded":
            raise ContextExceeded
        return answer

    async def _stream(
        self, call: ModelCall, limits: ModelLimits
    ) -> AsyncStream[RawMessageStreamEvent]:
        """The request, laid out for prompt caching: tools, then system, then the conversation."""
        output = level_of(call.effort, limits)
        if call.schema is not None:
            output["format"] = {"type": "json_schema", "schema": call.schema}
        return await self._client.messages.create(
            stream=True,
            model=call.model,
            max_tokens=call.max_tokens,
            system=[{"type": "text", "text": call.system, "cache_control": CACHED}],
            messages=with_cache_breakpoints(call.messages, goes_on=call.goes_on),
            tools=in_order(call.tools) if call.tools else omit,
            output_config=output or omit,
            thinking=thinking_of(call.effort, limits) or omit,
        )

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[Callable[[], None]]:
        """Raises `_SilentStreamError` when it lasts too long; call what it yields at each event."""
        now = asyncio.get_running_loop().time
        end = now() + self._whole_call
        try:
            async with asyncio.timeout(min(self._first_event, self._whole_call)) as limit:
                yield lambda: limit.reschedule(min(now() + self._silence, end))
        except TimeoutError:
            raise _SilentStreamError from None


def limits_of(info: ModelInfo) -> ModelLimits:
    """What the service tells of a model; cautious limits where it tells nothing."""
    window = info.max_input_tokens or DEFAULT_LIMITS.window
    return ModelLimits(
        window=window,
        max_output=min(info.max_tokens or DEFAULT_LIMITS.max_output, window // 2),
        efforts=known_efforts(info.capabilities),
        ways_not_to_think=ways_not_to_think(info.capabilities),
    )


class _BrokenStreamError(ModelError):
    """An answer did not come to its end."""


class _EndlessStreamError(_BrokenStreamError):
    """The stream ended without `message_stop`, which the SDK lets pass."""


class _GarbledStreamError(_BrokenStreamError):
    """What came is no stream of the Messages API; some that speak it are less careful."""


class _SilentStreamError(_BrokenStreamError):
    """Nothing that says something came for too long, or the answer took too long as a whole."""


async def _take_in(stream: AsyncStream[RawMessageStreamEvent], coming: StreamedAnswer) -> bool:
    """Add the next event, if there is one."""
    try:
        event = await anext(stream, None)
        if event is not None:
            coming.add(event)
    except _NO_EVENT as error:
        raise _GarbledStreamError from error
    return event is not None


def _complete(coming: StreamedAnswer) -> ModelAnswer:
    try:
        return coming.complete()
    except _NO_EVENT as error:
        raise _GarbledStreamError from error


def _backoff(attempt: int, error: Exception) -> float:
    """Seconds until the next attempt: what the service asks for, else doubling, with jitter."""
    if isinstance(error, anthropic.APIStatusError):
        asked = error.response.headers.get("retry-after", "")
        if asked.replace(".", "", 1).isdecimal():
            return min(float(asked), LONGEST_BACKOFF)
    return FIRST_BACKOFF * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)


def _used_so_far(coming: StreamedAnswer) -> Usage:
    """The usage of a call whose end, which tells how much was said, has not come."""
    said = estimate_tokens(coming.pieces)
    return replace(coming.usage, output_tokens=max(coming.usage.output_tokens, said))


def _translate(error: anthropic.APIStatusError, call: ModelCall) -> ModelError:
    # Some gateways say of it that there is no such model "that supports image input".
    is_about_pictures = "image input" in str(error.api_message)
    if isinstance(error, anthropic.NotFoundError) and not is_about_pictures:
        return ModelUnknown(f"{error.type}: {error.api_message}")
    if isinstance(error, _OUR_FAULT) and not is_about_pictures:
        return ModelMisconfigured(f"{error.type}: {error.api_message}")
    if "prompt is too long" in str(error.api_message):
        return ContextExceeded()
    return RequestRefused(
        f"{error.type}: {error.api_message}", tool=_named_tool(str(error.api_message), call)
    )


def _named_tool(refusal: str, call: ModelCall) -> str | None:
    """The tool that a refusal names by its place in the request."""
    place = _TOOL_PLACE.search(refusal)
    tools = in_order(call.tools)
    return str(tools[int(place[1])]["name"]) if place and int(place[1]) < len(tools) else None
