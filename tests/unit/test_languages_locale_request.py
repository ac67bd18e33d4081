"""A language is asked for in so many words, in any of the languages."""

import pytest

from bot.languages.locale_request import find_locale_request


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("deutsch please", "de"),
        ("Speak Spanish", "es"),
        ("English please!", "en"),
        ("¿Puedes hablar en español?", "es"),
        ("English pls", "en"),
        ("en français svp", "fr"),
        ("Hindi mein baat karo", "hi"),
        ("angrezi mein likho", "en"),
        ("bisa bahasa Inggris?", "en"),
        ("sprich Englisch mit mir", "en"),
        ("inglés por favor", "en"),
        ("let's talk in Portuguese", "pt"),
        ("habla español por favor", "es"),
        ("auf Deutsch bitte", "de"),
        ("en français s'il te plaît", "fr"),
        ("português, por favor", "pt"),
        ("हिंदी में बात करो", "hi"),
        ("تكلم بالعربية من فضلك", "ar"),
        ("pakai bahasa Indonesia", "id"),
        ("Can you write in German?", "de"),
        ("Build me a Spanish quiz", None),
        ("English or German?", None),
        ("translate the app to french", None),
        ("please", None),
        ("", None),
    ],
)
def test_a_message_that_only_names_a_language_asks_for_it(text: str, language: str | None) -> None:
    assert find_locale_request(text) == language
