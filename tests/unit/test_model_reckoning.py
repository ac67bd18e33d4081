"""What a call may cost at most is reckoned before it is made."""

from base64 import b64encode

import pytest
from anthropic.types import DocumentBlockParam, ImageBlockParam, ToolResultBlockParam

from bot.model.calls import ModelCall
from bot.model.reckoning import cost_at_most, cost_of, is_price_known
from handoffs.tokens import Usage


def test_a_call_is_reckoned_dearer_than_it_can_become() -> None:
    call = ModelCall(
        model="claude-sonnet-5-5",
        system="You are helpful.",
        messages=[{"role": "user", "content": [{"type": "text", "text": "word " * 4_000}]}],
        max_tokens=1_000,
    )
    real = cost_of(call.model, Usage(input_tokens=5_000, output_tokens=1_000))
    assert real < cost_at_most(call) < 5 * real


def test_a_picture_is_reckoned_by_what_it_shows_and_not_by_its_bytes() -> None:
    data = b64encode(bytes(1_000_000)).decode()
    picture: ImageBlockParam = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": data},
    }
    looked_at: ToolResultBlockParam = {
        "type": "tool_result",
        "tool_use_id": "1",
        "content": [picture],
    }
    call = ModelCall(
        model="claude-sonnet-5-5",
        system="You are helpful.",
        messages=[{"role": "user", "content": [picture, looked_at]}],
        max_tokens=1_000,
    )
    real = cost_of(call.model, Usage(cache_creation_tokens=2 * 3_279, output_tokens=1_000))
    assert real < cost_at_most(call) < 2 * real


def test_a_paper_is_reckoned_by_its_pages_and_not_by_its_bytes() -> None:
    data = b64encode(bytes(1_000_000)).decode()
    paper: DocumentBlockParam = {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": data},
    }
    call = ModelCall(
        model="claude-sonnet-5-5",
        system="You are helpful.",
        messages=[{"role": "user", "content": [paper]}],
        max_tokens=1_000,
        paper_tokens=4_000,
    )
    real = cost_of(call.model, Usage(cache_creation_tokens=4_000, output_tokens=1_000))
    assert real < cost_at_most(call) < 2 * real


def test_an_unknown_price_is_dearer_than_any_that_is_known() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=1_000)
    dearest = cost_of("claude-opus-5-5", usage)
    assert cost_of("a-model-of-our-own", usage) > 5 * dearest


@pytest.mark.parametrize(
    ("newer", "of_its_family"),
    [
        ("claude-opus-9", ("claude-opus-4-5", "claude-opus-5", "claude-opus-5-5")),
        ("anthropic/claude-sonnet-9", ("claude-sonnet-4-5", "claude-sonnet-5-5")),
        ("us.anthropic.claude-haiku-9-v1:0", ("claude-haiku-4-5", "claude-haiku-5-5")),
    ],
)
def test_a_claude_newer_than_the_price_list_is_reckoned_by_its_family(
    newer: str, of_its_family: tuple[str, ...]
) -> None:
    usage = Usage(cache_creation_tokens=1_000, cache_read_tokens=9_000, output_tokens=1_000)
    reckoned = cost_of(newer, usage)
    assert all(reckoned >= 2 * cost_of(known, usage) for known in of_its_family)
    assert reckoned < cost_of("a-model-of-our-own", usage)


@pytest.mark.parametrize(
    ("alias", "listed"),
    [
        ("prod-claude-opus-4-1", "claude-opus-4-1"),
        ("claude-opus", "claude-opus-4-1"),
        ("claude-opus-latest", "claude-3-opus-20240229"),
        ("claude-sonnet", "claude-sonnet-4-5"),
        ("our-claude-haiku", "claude-haiku-4-5"),
    ],
)
def test_a_gateways_own_name_for_a_claude_is_reckoned_at_no_less_than_it_costs(
    alias: str, listed: str
) -> None:
    usage = Usage(cache_creation_tokens=1_000, cache_read_tokens=9_000, output_tokens=1_000)
    assert not is_price_known(alias)
    assert cost_of(alias, usage) >= cost_of(listed, usage)
