"""What model calls cost."""

from decimal import Decimal

import pytest

from telemetry.cost import price

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("kind", "usd"),
    [
        ("input_tokens", "2"),
        ("output_tokens", "10"),
        ("cache_creation_tokens", "2.5"),
        ("cache_read_tokens", "0.1"),
    ],
)
def test_each_kind_of_token_has_its_own_price(kind: str, usd: str) -> None:
    counts = dict.fromkeys(
        ("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens"), 0
    )
    assert price("claude-sonnet-5-5", **{**counts, kind: MILLION}) == Decimal(usd)


def test_the_kinds_add_up() -> None:
    total = price(
        "claude-sonnet-5-5",
        input_tokens=500_000,
        output_tokens=100,
        cache_creation_tokens=200_000,
        cache_read_tokens=300_000,
    )
    assert total == Decimal("1") + Decimal("0.001") + Decimal("0.5") + Decimal("0.03")


@pytest.mark.parametrize(
    "model",
    ["llama3.2", "claude-of-tomorrow", "us.anthropic.claude-sonnet-9-v1:0", "my/claude-8b", ""],
)
def test_the_price_of_an_unknown_model_is_unknown_and_not_zero(model: str) -> None:
    unknown = price(
        model, input_tokens=1, output_tokens=1, cache_creation_tokens=0, cache_read_tokens=0
    )
    assert unknown is None


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("anthropic/claude-sonnet-5-5", "2"),
        ("anthropic/claude-sonnet-5.5", "2"),
        ("anthropic/claude-opus-4.6-fast", "30"),
        ("vertex_ai/claude-sonnet-5-5@20260928", "2"),
        ("us.anthropic.claude-sonnet-5-5-v1:0", "2.2"),
        ("bedrock/global.anthropic.claude-opus-5-5-v1:0", "4"),
    ],
)
def test_a_claude_is_found_by_the_names_that_gateways_give_it(model: str, usd: str) -> None:
    found = price(
        model, input_tokens=MILLION, output_tokens=0, cache_creation_tokens=0, cache_read_tokens=0
    )
    assert found == Decimal(usd)
