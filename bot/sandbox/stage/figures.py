"""Numbers as people read them: durations, sizes, money, shares of a width."""

from datetime import timedelta
from decimal import Decimal


def took(span: timedelta) -> str:
    """A duration with three figures: 0.42 s, 6.45 s, 25.3 s, 2 min 5 s."""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def on_the_clock(span: timedelta) -> str:
    """Time as a stopwatch shows it: 0:36.4."""
    tenths = max(int(span.total_seconds() * 10), 0)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def dollars(amount: Decimal) -> str:
    """Money that is mostly less than a cent."""
    return f"${amount:,.4f}"


def grouped(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}"


def kilobytes(size: int) -> str:
    """A size in bytes, as kB of 1024."""
    return f"{size / 1024:.1f} KB"


def counted(number: int, thing: str) -> str:
    """A number of things: 1 turn, 3 turns."""
    return f"{grouped(number)} {thing}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """A share of a width, as an attribute of a drawing."""
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
