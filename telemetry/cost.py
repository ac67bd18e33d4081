"""What a model call costs, in USD, by the price table that genai-prices ships."""

from decimal import Decimal

PROVIDER = "anthropic"


def price(
    model: str,
    *,
    input_tokens: int,
    output_tokens: int,
    cache_creation_tokens: int,
    cache_read_tokens: int,
) -> Decimal | None:
    """The price of a call, or None for a model whose price is unknown, which is not zero.

    `input_tokens` are those that neither wrote nor read the cache, as the Messages API counts.
    """
    from genai_prices import Usage, calc_price  # its table is large

    usage = Usage(
        input_tokens=input_tokens + cache_creation_tokens + cache_read_tokens,
        output_tokens=output_tokens,
        cache_write_tokens=cache_creation_tokens,
        cache_read_tokens=cache_read_tokens,
    )
    try:
        return calc_price(usage, model, provider_id=PROVIDER).total_price
    except LookupError:
        return None
