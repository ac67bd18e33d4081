"""The languages that the fixed sentences exist in, by their ISO 639-1 codes."""

import re

SOURCE = "en"
"""What the sentences in `bot/messages` are written in."""

KNOWN = {
    "en": "English",
    "es": "Spanish",
    "pt": "Portuguese",
    "de": "German",
    "fr": "French",
    "hi": "Hindi",
    "ar": "Arabic",
    "id": "Indonesian",
}
"""The languages with a catalogue, and their English names."""

_CODE = re.compile(r"[a-z]{2}")


def is_code(language: str) -> bool:
    """Whether that could be a language at all: two small letters."""
    return _CODE.fullmatch(language) is not None


def code_of(name: str) -> str | None:
    """The code of a language that is named by its code or in English, None for what is neither."""
    from babel import Locale  # what it knows of languages takes a moment to read

    if is_code(name):
        return name
    codes = {str(named).lower(): str(code) for code, named in Locale(SOURCE).languages.items()}
    code = codes.get(name, "")
    return code if is_code(code) else None


def name(language: str) -> str:
    """What the model is told: the English name, or the code of a language without a catalogue."""
    return KNOWN.get(language, f"the language with the ISO 639-1 code {language}")
