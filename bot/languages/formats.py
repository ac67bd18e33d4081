"""Money, numbers, percentages and times, written as the user's language writes them.

Babel knows how; it is imported when the first of them is said.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from bot.languages.i18n import current_locale
from bot.languages.locales import KNOWN, SOURCE
from bot.languages.whole_numbers import written

RECENT = timedelta(days=7)  # until then it is told how long ago something was, and not its date


def money(amount: Decimal) -> str:
    """An amount in USD, to the cent."""
    from babel.numbers import format_currency

    return format_currency(amount, "USD", locale=_locale())


def percentage(share: Decimal | float) -> str:
    """A share from 0 to 1, as a whole percentage."""
    from babel.numbers import format_percent

    percent = format_percent(share, format=None, locale=_locale())
    return percent.replace("%", "٪") if _locale() == "ar" else percent


def count(number: int) -> str:
    """A whole number, with what separates its thousands."""
    return written(number, current_locale())


def moment(then: datetime, *, now: datetime) -> str:
    """How long ago that was, and its date where it is long ago: true in every time zone."""
    from babel.dates import format_date, format_timedelta

    if now - then >= RECENT:
        return format_date(then, format="medium", locale=_locale())
    return format_timedelta(then - now, add_direction=True, locale=_locale())


def hours(number: int) -> str:
    """A number of hours, however many days that is."""
    from babel.dates import format_timedelta

    return format_timedelta(
        timedelta(hours=number), granularity="hour", threshold=number + 1, locale=_locale()
    )


def _locale() -> str:
    """The language that sentences are said in: who speaks one without a catalogue reads English."""
    language = current_locale()
    return language if language in KNOWN else SOURCE
