"""The model client against the Messages API's stand-in, faults included."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest

from bot.errors import ContextExceeded, ModelBusy, ModelMisconfigured, ModelRefused
from bot.model import client as model_client
from bot.model.calls import Attempt, ModelCall, ModelLimits
from bot.model.client import ModelClient
from bot.model.effort import LEVELS
from bot.sandbox.claude.faults import ClaudeFault, FaultKind
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from handoffs.tokens import Usage
from tests.settings import changed

pytestmark = pytest.mark.anyio

CALL = ModelCall(
    model="claude-sonnet-5-5",
    system="# Role: devops\n\nYou publish.",
    messages=[{"role": "user", "content": [{"type": "text", "text": "Publish it."}]}],
)


class Attempts(list[tuple[str, Usage]]):
    """What the ledger is told."""

    async def record(self, attempt: Attempt) -> None:
        self.append((attempt.outcome, attempt.usage))


@pytest.fixture
def claude() -> Iterator[FakeClaude]:
    with FakeClaude(api_key="good-key") as server:
        yield server


@pytest.fixture
def impatient(
    settings: Settings, claude: FakeClaude, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., ModelClient]:
    """Makes a client with some settings of its own, which does not wait between attempts."""
    monkeypatch.setattr(model_client, "FIRST_BACKOFF", 0.01)
    known = changed(settings, ANTHROPIC_BASE_URL=claude.url, ANTHROPIC_API_KEY="good-key")
    return lambda **limits: ModelClient(changed(known, **limits).model)


@pytest.fixture
async def client(
    impatient: Callable[..., ModelClient], anyio_backend: str
) -> AsyncIterator[ModelClient]:
    made = impatient()
    yield made
    await made.close()


async def test_an_answer_comes_with_its_usage(client: ModelClient) -> None:
    attempts = Attempts()

    answer = await client.ask(CALL, attempts.record)

    assert answer.text
    assert attempts == [(answer.stop_reason, answer.usage)]
    assert answer.usage.prompt > 0


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [
        ("claude-sonnet-5-5", "high", ("high", None)),
        ("claude-sonnet-5-5", "none", (None, {"type": "between_tools"})),
        ("claude-haiku-5-5", "none", (None, {"type": "disabled"})),
        ("claude-haiku-4-5", "medium", (None, None)),
        ("claude-opus-5-5", None, (None, None)),
    ],
)
async def test_a_model_is_told_to_think_as_it_can_be(
    impatient: Callable[..., ModelClient], model: str, effort: str | None, sent: object
) -> None:
    attempts = Attempts()
    with FakeClaude(keeps_bodies=True) as claude:
        client = impatient(ANTHROPIC_BASE_URL=claude.url)
        await client.ask(replace(CALL, model=model, effort=effort), attempts.record)
        await client.close()
        (asked,) = claude.journal.answered()

    body = json.loads(asked.body or b"")
    assert (body.get("output_config", {}).get("effort"), body.get("thinking")) == sent
    thinks = model != "claude-haiku-4-5" and effort != "none"
    ((_, usage),) = attempts
    assert (usage.thinking_tokens > 0) is thinks
    assert usage.thinking_tokens < usage.output_tokens


async def test_a_small_window_leaves_room_for_the_question(
    impatient: Callable[..., ModelClient],
) -> None:
    with FakeClaude(window=8_000) as small:
        client = impatient(ANTHROPIC_BASE_URL=small.url)
        assert await client.limits(CALL.model) == ModelLimits(
            window=8_000,
            max_output=4_000,
            efforts=frozenset(LEVELS),
            ways_not_to_think=("between_tools",),
        )
        await client.close()


@pytest.mark.parametrize(
    "fault",
    ["overloaded_mid_stream", "cut_stream", "no_message_stop", "no_json", "unknown_block"],
)
async def test_what_breaks_in_mid_stream_is_asked_again_and_both_are_accounted(
    client: ModelClient, claude: FakeClaude, fault: FaultKind
) -> None:
    claude.faults.add([ClaudeFault(fault=fault)])
    attempts = Attempts()

    await client.ask(CALL, attempts.record)

    assert len(attempts) == 2
    broken, whole = (usage for _, usage in attempts)
    assert broken.prompt > 0, "what a broken call used is known from its start"
    assert whole.output_tokens / 4 < broken.output_tokens < 2 * whole.output_tokens


async def test_a_service_that_stays_overloaded_is_busy(
    client: ModelClient, claude: FakeClaude
) -> None:
    claude.faults.add([ClaudeFault(fault="overloaded_mid_stream", times=99)])
    attempts = Attempts()

    with pytest.raises(ModelBusy):
        await client.ask(CALL, attempts.record)

    assert len(attempts) == model_client.ATTEMPTS


@pytest.mark.lengthy
@pytest.mark.parametrize("fault", ["hang", "pings_only"])
async def test_a_service_that_says_nothing_is_given_up_and_asked_again(
    impatient: Callable[..., ModelClient], claude: FakeClaude, fault: FaultKind
) -> None:
    client = impatient(MODEL_FIRST_EVENT_SECONDS=3)
    claude.faults.add([ClaudeFault(fault=fault)])
    attempts = Attempts()

    await client.ask(CALL, attempts.record)

    assert [outcome for outcome, _ in attempts] == ["SilentStreamError", "tool_use"]
    await client.close()


@pytest.mark.lengthy
@pytest.mark.parametrize(
    ("limit", "pace"), [("MODEL_SILENCE_SECONDS", 1.0), ("MODEL_CALL_SECONDS", 0.1)]
)
async def test_an_answer_that_stops_halfway_or_never_ends_is_given_up(
    impatient: Callable[..., ModelClient], limit: str, pace: float
) -> None:
    with FakeClaude(api_key="good-key", delay=Delay(chunk=pace)) as slow:
        client = impatient(ANTHROPIC_BASE_URL=slow.url, **{limit: 0.3})
        attempts = Attempts()

        with pytest.raises(ModelBusy):
            await client.ask(CALL, attempts.record)
        await client.close()

    assert {outcome for outcome, _ in attempts} == {"SilentStreamError"}
    assert len(attempts) == model_client.ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("refusal", ModelRefused),
        ("context_exceeded", ContextExceeded),
        ("prompt_too_long", ContextExceeded),
    ],
)
async def test_what_no_retry_helps_is_asked_once(
    client: ModelClient, claude: FakeClaude, fault: FaultKind, error: type[Exception]
) -> None:
    claude.faults.add([ClaudeFault(fault=fault)])
    attempts = Attempts()

    with pytest.raises(error):
        await client.ask(CALL, attempts.record)

    assert len(attempts) == 1


async def test_a_bad_key_is_our_own_fault(settings: Settings, claude: FakeClaude) -> None:
    wrong = ModelClient(changed(settings, ANTHROPIC_BASE_URL=claude.url).model)

    with pytest.raises(ModelMisconfigured, match="authentication_error"):
        await wrong.ask(CALL, Attempts().record)
    await wrong.close()


async def test_the_limits_are_read_from_the_service(client: ModelClient) -> None:
    limits = await client.limits("claude-haiku-4-5")

    assert (limits.window, limits.max_output) == (200_000, 64_000)
