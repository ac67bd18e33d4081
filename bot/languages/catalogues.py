"""The catalogues, one `catalogues/<language>.po` each, read as gettext reads them.

They are kept as text alone: Babel, imported only then, compiles a catalogue when a process first
needs it, in a few milliseconds, so there is nothing to build and nothing that can be out of date.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from bot.languages.locales import KNOWN, SOURCE

if TYPE_CHECKING:
    from babel.messages import Catalog


def read_catalogue(language: str) -> "Catalog":
    """The catalogue of a known language other than English, as it is written."""
    from babel.messages.pofile import read_po

    text = (files("bot.languages") / "catalogues" / f"{language}.po").read_bytes()
    return read_po(BytesIO(text), locale=language, abort_invalid=True)


@cache
def translations(language: str) -> NullTranslations:
    """What turns English sentences into that language's.

    What is missing in a catalogue stays English, and so does all in a language without one.
    """
    if language == SOURCE or language not in KNOWN:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)
