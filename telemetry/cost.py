"""What a model call costs, in USD, by the price table that genai-prices ships.

An unknown price is None, which is not zero.
"""

from collections.abc import Iterator
from contextlib import suppress
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
    """The price of a call, or None for a model that is in nobody's price list.

    `input_tokens` are those that neither wrote nor read the cache, as the Messages API counts.
    """
    from genai_prices import Usage, calc_price  # its table is large

    usage = Usage(
        input_tokens=input_tokens + cache_creation_tokens + cache_read_tokens,
        output_tokens=output_tokens,
        cache_write_tokens=cache_creation_tokens,
        cache_read_tokens=cache_read_tokens,
    )
    for provider, name in _listed(model):
        with suppress(LookupError):
            return calc_price(usage, name, provider_id=provider).total_price
    return None


def _listed(model: str) -> Iterator[tuple[str, str]]:
    """Whose price lists a model may be in, and under which name.

    Gateways put more before a Claude's name: `us.anthropic.claude-…` is in the list of AWS,
    `anthropic/claude-…` in OpenRouter's, or else costs what it costs at Anthropic.
    """
    yield PROVIDER, model
    if "claude" in model:
        bare = model.rpartition("/")[2]
        yield from (("openrouter", model), (PROVIDER, bare), ("aws", bare))


def price_of_sound(
    model: str,
    base_url: str,
    *,
    seconds: float | None,
    audio_tokens: int = 0,
    text_tokens: int = 0,
    output_tokens: int = 0,
) -> Decimal | None:
    """The price of having sound transcribed by whoever serves at `base_url`.

    Some models are priced by tokens, the others by the length of the sound. None for what is in
    nobody's price list, and where neither is known.
    """
    from genai_prices import Usage, calc_price

    if audio_tokens:
        read = text_tokens + audio_tokens
        usage = Usage(
            input_tokens=read, input_audio_tokens=audio_tokens, output_tokens=output_tokens
        )
    else:
        usage = Usage(audio_seconds=seconds)
    try:
        # What is priced otherwise than it was counted comes out as nothing.
        return calc_price(usage, model, provider_api_url=base_url).total_price or None
    except LookupError:
        return None
