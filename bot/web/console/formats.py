"""How the pages write amounts, times and ids."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds

# What is written of long times: so many of one unit, and so many of a smaller one.
_LONG: tuple[tuple[int, str, int, str], ...] = (
    (DAY, "d", HOUR, "h"),
    (HOUR, "h", MINUTE, "min"),
    (MINUTE, "min", 1, "s"),
)


def duration(value: timedelta | float | None) -> str:
    """A length of time; numbers are seconds."""
    if value is None:
        return "–"
    seconds = max(value.total_seconds() if isinstance(value, timedelta) else float(value), 0.0)
    if seconds < 1:
        return "<1 ms" if seconds < 0.001 else f"{seconds * 1000:.0f} ms"
    if seconds < MINUTE:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    unit, name, part, below = next(one for one in _LONG if seconds >= one[0])
    return f"{int(seconds // unit)} {name} {int(seconds % unit // part):02d} {below}"


def offset(value: timedelta) -> str:
    """A moment as a distance from a beginning; short ones are all in seconds."""
    seconds = value.total_seconds()
    return f"{seconds:.2f} s" if seconds < MINUTE else duration(seconds)


def age(moment: datetime | None) -> str:
    """How long ago it was, or how long it is until then."""
    return "–" if moment is None else duration(abs(datetime.now(UTC) - moment))


def money(value: Decimal | float | None) -> str:
    """US dollars; small amounts to a hundredth of a cent. What is not known is not zero."""
    if value is None:
        return "unknown"
    return f"${value:,.4f}" if value and -1 < value < 1 else f"${value:,.2f}"


def count(value: float | None) -> str:
    """A number with its thousands apart."""
    return "–" if value is None else f"{value:,.0f}"


def size(octets: float | None) -> str:
    """So many bytes."""
    if octets is None:
        return "–"
    return f"{octets:,.0f} B" if octets < 1024 else f"{octets / 1024:,.1f} KB"


def short(name: object) -> str:
    """The beginning of an id, enough to tell it from others and to search for it."""
    return str(name)[:8]


def plain(name: str | None) -> str:
    """A name of the program's in words."""
    return (name or "–").replace("_", " ")


def moment(value: datetime | None) -> Markup:
    """A time in UTC, which the page's script writes in the reader's zone."""
    if value is None:
        return Markup("–")
    at = value.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(timespec="milliseconds"), at.strftime("%a %d %b %Y, %H:%M:%S UTC")
    )


def percent(part: float, whole: float) -> str:
    """A share as an attribute of a bar, from 0 % to 100 %."""
    share = 100 * float(part) / float(whole) if whole else 0.0
    return f"{min(max(share, 0.0), 100.0):.3f}%"


FILTERS = {
    one.__name__: one
    for one in (duration, offset, age, money, count, size, short, plain, moment, percent)
}
