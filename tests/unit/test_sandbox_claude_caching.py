"""The stand-in keeps account of the prompt cache as the real API does."""

from typing import Any

import pytest

from bot.sandbox.claude.caching import PromptCache, PromptUsage, split_prompt
from bot.sandbox.claude.messages import MessagesRequest
from tests.prompts import prompt_tokens

MARK = {"type": "ephemeral"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> PromptCache:
    return PromptCache(least_tokens=0, clock=clock)


def text(words: str, mark: dict[str, str] | None = None) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": words}
    return {**block, "cache_control": mark} if mark else block


def settle(cache: PromptCache, *blocks: dict[str, Any], **more: Any) -> PromptUsage:
    request = {
        "model": "claude-sonnet-5-5",
        "system": [text("s" * 400, MARK)],
        "messages": [{"role": "user", "content": list(blocks)}],
        **more,
    }
    return cache.settle(split_prompt(MessagesRequest.model_validate(request)))


def test_a_prefix_is_written_once_and_read_after(cache: PromptCache) -> None:
    first = settle(cache, text("one"))
    again = settle(cache, text("two"))

    assert first.cache_read_tokens == 0
    assert first.written_5m_tokens == again.cache_read_tokens > 100
    assert again.written_tokens == 0
    assert prompt_tokens(first) == prompt_tokens(again)


def test_a_longer_conversation_reads_the_old_end_and_writes_the_rest(cache: PromptCache) -> None:
    first = settle(cache, text("a" * 400, MARK))
    second = settle(cache, text("a" * 400), text("b" * 400, MARK))

    assert second.cache_read_tokens == first.written_tokens
    assert second.input_tokens == 0
    assert 100 < second.written_tokens < 150


def test_text_behind_the_last_mark_is_plain_input(cache: PromptCache) -> None:
    usage = settle(cache, text("b" * 400))
    assert 100 < usage.input_tokens < 150


def test_a_change_in_front_makes_everything_new(cache: PromptCache) -> None:
    settle(cache, text("a", MARK))
    assert settle(cache, text("a", MARK), system=[text("other", MARK)]).cache_read_tokens == 0
    tools = [{"name": "t", "input_schema": {"type": "object"}}]
    assert settle(cache, text("a", MARK), tools=tools).cache_read_tokens == 0
    assert settle(cache, text("a", MARK), model="claude-opus-5-5").cache_read_tokens == 0


def test_the_automatic_mark_is_at_the_end(cache: PromptCache) -> None:
    usage = settle(cache, text("a"), cache_control=MARK)
    assert usage.input_tokens == 0
    assert settle(cache, text("a"), cache_control=MARK).cache_read_tokens == usage.written_tokens


def test_only_twenty_blocks_are_looked_back(cache: PromptCache) -> None:
    first = settle(cache, text("0", MARK))
    near = [text(str(n)) for n in range(21)]
    far = [text(str(n)) for n in range(42)]
    near[-1]["cache_control"] = MARK
    far[-1]["cache_control"] = MARK
    assert settle(cache, *near).cache_read_tokens == prompt_tokens(first)
    fresh = PromptCache(least_tokens=0)
    settle(fresh, text("0", MARK))
    usage = settle(fresh, *far)
    # The mark on the system prompt is a mark of its own, and is still found.
    assert 0 < usage.cache_read_tokens < prompt_tokens(first)


def test_entries_live_for_their_time_and_reading_renews_them(
    cache: PromptCache, clock: Clock
) -> None:
    settle(cache, text("a"))
    clock.now = 299
    assert settle(cache, text("a")).cache_read_tokens > 0
    clock.now = 299 + 299
    assert settle(cache, text("a")).cache_read_tokens > 0
    clock.now = 299 + 299 + 301
    assert settle(cache, text("a")).cache_read_tokens == 0


def test_an_hour_is_billed_apart(cache: PromptCache, clock: Clock) -> None:
    hour = {"type": "ephemeral", "ttl": "1h"}
    usage = settle(cache, text("a", MARK), system=[text("s" * 400, hour)])
    assert usage.written_1h_tokens > 100
    assert usage.written_5m_tokens > 0
    clock.now = 3000
    read = settle(cache, text("a", MARK), system=[text("s" * 400, hour)])
    assert read.cache_read_tokens == usage.written_1h_tokens


def test_short_prefixes_are_not_kept() -> None:
    cache = PromptCache(least_tokens=1024)
    assert settle(cache, text("a", MARK)).written_tokens == 0
    assert settle(cache, text("a", MARK)).cache_read_tokens == 0
