"""`textcrew cost`: what the model calls have cost, from the ledger."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import click

from bot.cli.database import connected
from bot.cli.duration import DURATION
from bot.cli.tables import show
from handoffs.costs import DIMENSIONS, Cost, Dimension, list_costs

COLUMNS = ("key", "calls", "input", "output", "thinking", "cache_written", "cache_read", "cost")


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """A row of the table."""

    key: str
    calls: int
    input: int
    output: int
    thinking: int
    cache_written: int
    cache_read: int
    cost: str


@click.command()
@click.option(
    "--by",
    type=click.Choice(DIMENSIONS),
    default="day",
    show_default=True,
    help="What to sum up by; days are UTC.",
)
@click.option("--last", type=DURATION, help="Only calls of the last 24h, 7d or so.")
@click.option("--json", "as_json", is_flag=True, help="Print the costs as JSON, in USD.")
def cost(by: Dimension, last: timedelta | None, as_json: bool) -> None:
    """Sum up tokens and cost of model calls, failed ones included.

    A cost that is not known is unavailable, never 0.
    """
    with connected() as connection:
        costs = list_costs(connection, by, last=last)
    if as_json:
        show(costs, columns=(), as_json=True, nothing="")
        return
    lines = [_line(item) for item in costs]
    if len(lines) > 1:
        lines.append(_line(_total(costs)))
    show(lines, columns=COLUMNS, as_json=False, nothing="No model was called.")


def _total(costs: list[Cost]) -> Cost:
    known = [item.known_cost_usd for item in costs if item.known_cost_usd is not None]
    unpriced = sum(item.unpriced_calls for item in costs)
    spent = sum(known, Decimal(0)) if known else None
    return Cost(
        key="total",
        calls=sum(item.calls for item in costs),
        input_tokens=sum(item.input_tokens for item in costs),
        output_tokens=sum(item.output_tokens for item in costs),
        thinking_tokens=sum(item.thinking_tokens for item in costs),
        cache_creation_tokens=sum(item.cache_creation_tokens for item in costs),
        cache_read_tokens=sum(item.cache_read_tokens for item in costs),
        known_cost_usd=spent,
        unpriced_calls=unpriced,
        cost_usd=None if unpriced else spent,
    )


def _line(item: Cost) -> CostLine:
    return CostLine(
        key=item.key,
        calls=item.calls,
        input=item.input_tokens,
        output=item.output_tokens,
        thinking=item.thinking_tokens,
        cache_written=item.cache_creation_tokens,
        cache_read=item.cache_read_tokens,
        cost=_in_words(item),
    )


def _in_words(item: Cost) -> str:
    if item.known_cost_usd is None:
        return "unavailable"
    known = f"${item.known_cost_usd:.6f}"  # a small call costs a few hundred-thousandths
    if item.unpriced_calls:
        return f"{known}, and {item.unpriced_calls} calls unavailable"
    return known
