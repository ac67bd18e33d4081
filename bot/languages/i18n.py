"""Says a sentence in the language of the user whose turn it is.

That is bound around whatever is done for a user (`speaking`), as their ids are in traces. The
sentences stand in `bot/messages`, in English: `say` gives one in the user's language, `fixed`
marks one that is said later, by whoever puts it into the outbox (`said`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.languages.catalogues import translations
from bot.languages.locales import SOURCE

_spoken: ContextVar[str] = ContextVar("spoken_language", default=SOURCE)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Say everything inside in that language; None is a user who has not shown theirs yet."""
    token = _spoken.set(language or SOURCE)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language that is spoken now, as an ISO 639-1 code."""
    return _spoken.get()


def say(sentence: str, /, **values: object) -> str:
    """The sentence in the user's language, with its `{placeholders}` filled in."""
    return translations(spoken()).gettext(sentence).format(**values)


def say_count(one: str, many: str, number: int) -> str:
    """`one` or `many` by the language's rules for numbers; both hold `{number}`."""
    return translations(spoken()).ngettext(one, many, number).format(number=number)


def fixed(sentence: str) -> str:
    """Mark a sentence without placeholders, for the catalogues; it is still English."""
    return sentence


def said(text: str) -> str:
    """A fixed sentence in the user's language; any other text as it is."""
    return translations(spoken()).gettext(text) if text else text
