"""A whole number, written as a language writes it; apart, because counted sentences need it too."""

from bot.languages.locales import KNOWN, SOURCE


def written(number: int, language: str) -> str:
    """With what separates its thousands; who speaks a language without a catalogue reads English.

    Babel is imported for the first long number.
    """
    if abs(number) < 1000:
        return str(number)
    from babel.numbers import format_decimal

    return format_decimal(number, locale=language if language in KNOWN else SOURCE)
