"""Says a sentence in the language of the user whose turn it is.

That is bound around whatever is done for a user (`use_locale`), as their ids are in traces. The
sentences stand in `bot/messages`, in English: `gettext` gives one in the user's language,
`gettext_noop` marks one that is translated later, when it is put into the outbox (`localized`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.languages.catalogues import translations
from bot.languages.locales import SOURCE
from bot.languages.whole_numbers import written

_spoken: ContextVar[str] = ContextVar("spoken_language", default=SOURCE)


@contextmanager
def use_locale(language: str | None) -> Iterator[None]:
    """Say everything inside in that language; None is a user who has not shown theirs yet."""
    token = _spoken.set(language or SOURCE)
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(language: str | None) -> None:
    """Say what follows in that language, until `use_locale` ends: its user has changed to it."""
    _spoken.set(language or SOURCE)


def current_locale() -> str:
    """The language that is spoken now, as an ISO 639-1 code."""
    return _spoken.get()


def gettext(sentence: str, /, **values: object) -> str:
    """The sentence in the user's language, with its `{placeholders}` filled in."""
    return translations(current_locale()).gettext(sentence).format(**values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """`one` or `many` by the language's rules for numbers; a form may leave out `{number}`."""
    form = translations(current_locale()).ngettext(one, many, number)
    return form.format(number=written(number, current_locale()), **values)


def gettext_noop(sentence: str) -> str:
    """Mark a sentence without placeholders, for the catalogues; it is still English."""
    return sentence


def localized(text: str) -> str:
    """A fixed sentence in the user's language; any other text as it is."""
    return translations(current_locale()).gettext(text) if text else text
