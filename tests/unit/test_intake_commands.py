"""Fixed words: understood when they stand alone, however they are decorated."""

import pytest

from bot.intake.command_names import Command, find_command
from bot.intake.command_words import find_forgotten, find_language, find_opened
from bot.intake.vocabulary import COMMANDS, languages, own_meanings


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop", Command.STOP),
        ("STOP please!", Command.STOP),
        ("𝐒𝐓𝐎𝐏", Command.STOP),
        ("Ｓｔｏｐ ＮＯＷ", Command.STOP),
        ("ⓈⓉⓄⓅ", Command.STOP),
        ("Stop it now.", Command.STOP),
        ("please cancel the build", Command.STOP),
        ("cancel", Command.STOP),
        ("  Status? ", Command.STATUS),
        ("help", Command.HELP),
        ("Try again, please!", Command.RETRY),
        ("try it again", Command.RETRY),
        ("retry", Command.RETRY),
        ("Try again with bigger buttons", None),
        ("Unsubscribe", Command.UNSUBSCRIBE),
        ("START", Command.START),
        ("Start a blog for me", None),
        ("New app!", Command.NEW_APP),
        ("Change something", Command.CHANGE),
        ("Stop the music when the timer ends", None),
        ("Build me a status page", None),
        ("", None),
        ("!!!", None),
    ],
)
def test_a_command_is_a_message_that_says_nothing_else(text: str, command: Command | None) -> None:
    assert find_command(text) is command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("¡Para ya!", Command.STOP),
        ("parar, por favor", Command.STOP),
        ("Ayúdame", Command.HELP),
        ("pare agora", Command.STOP),
        ("ajuda", Command.HELP),
        ("Stopp bitte!", Command.STOP),
        ("Abbrechen", Command.STOP),
        ("Hilfe", Command.HELP),
        ("arrête maintenant", Command.STOP),
        ("réessaie s'il te plaît", Command.RETRY),
        ("रुको!", Command.STOP),
        ("मदद", Command.HELP),
        ("توقف من فضلك", Command.STOP),
        ("إيقاف", Command.STOP),
        ("مساعدة", Command.HELP),
        ("berhenti sekarang", Command.STOP),
        ("coba lagi", Command.RETRY),
        ("para mi hermana", None),
        ("Bau mir eine Hilfe-Seite", None),
    ],
)
def test_commands_are_understood_in_every_language(text: str, command: Command | None) -> None:
    assert find_command(text) is command


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ayuda", "es"),
        ("ajuda", "pt"),
        ("Hilfe!", "de"),
        ("रुको", "hi"),
        ("توقف", "ar"),
        ("stop", None),
        ("para", None),
        ("menu", None),
        ("make it blue", None),
    ],
)
def test_a_command_tells_the_language_that_alone_has_the_word(
    text: str, language: str | None
) -> None:
    assert find_language(text) == language


@pytest.mark.parametrize("language", languages())
def test_every_command_is_said_in_every_language(language: str) -> None:
    said = own_meanings(language, COMMANDS) - {"nothing"}
    assert said == set(Command) - {Command.OPEN}


@pytest.mark.parametrize(
    "text",
    ["open 2", "Open #2!", "\u200fافتح ٢", "افتح ٢\u200f", "\u2067افتح 2\u2069", "إفتح ٢", "खोलो २",
     "open 2\ufe0f\u20e3", "Open ②", "o\u0308ffne 2", "ouvrez 2"],
)  # fmt: skip
def test_an_app_is_opened_by_its_number_in_any_digits(text: str) -> None:
    named = find_opened(text)
    assert named is not None
    assert named.isdecimal()
    assert int(named) == 2


def test_marks_of_direction_are_no_part_of_what_is_named() -> None:
    assert find_opened("\u200fافتح \u2068مهامي\u2069") == "مهامي"
    assert find_forgotten("\u200fانس ٢\u200f") == "٢"
