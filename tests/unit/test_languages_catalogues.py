"""Every sentence that users read exists in every language, with what is filled in."""

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from bot.intake.command_words import find_meaning, find_opened
from bot.languages.catalogues import read_catalogue, translations
from bot.languages.i18n import gettext, localized, ngettext, use_locale
from bot.languages.locales import KNOWN, SOURCE
from bot.messages import build_texts, command_texts, conversation_texts, progress_texts
from bot.messages.quick_replies import BUTTON_TITLE, Choice
from tests.catalogues import forms

BOT = Path(__file__).parents[2] / "bot"
SENTENCES = sorted((BOT / "messages").glob("*.py"))
WORDING = (conversation_texts, build_texts, progress_texts, command_texts)
COUNTED = {("number", "")}  # a form for exactly so many may say it in a word, as the dual does
MARKS = {"gettext_noop": 1, "gettext": 1, "ngettext": 2}  # sentences among the arguments
OTHERS = sorted(KNOWN.keys() - {SOURCE})


def sentences() -> Iterator[tuple[str, ...]]:
    """What is to be translated: one form, or one for one thing and one for many."""
    for path in SENTENCES:
        for call in calls_that_mark(path):
            forms = list(call.args[: MARKS[name_called(call)]])
            if all(isinstance(form, ast.Constant) for form in forms):
                yield tuple(str(form.value) for form in forms if isinstance(form, ast.Constant))


def calls_that_mark(path: Path) -> Iterator[ast.Call]:
    """However deep they stand: Babel's own extraction misses a call inside of another."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and name_called(node) in MARKS:
            yield node


def name_called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def choices() -> Iterator[Choice]:
    """All that can be tapped, wherever it stands in the wording."""
    for value in chain.from_iterable(vars(module).values() for module in WORDING):
        for group in value.values() if isinstance(value, Mapping) else (value,):
            yield from (
                (one for one in group if isinstance(one, Choice))
                if isinstance(group, tuple)
                else ()
            )


def placeholders(sentence: str) -> set[tuple[str, str | None]]:
    return {(name, form) for _, name, form, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_lacks_a_translation(language: str) -> None:
    catalogue = read_catalogue(language)
    found = {forms: catalogue.get(forms if len(forms) > 1 else forms[0]) for forms in sentences()}
    missing = [forms[0] for forms, message in found.items() if not message or not message.string]
    assert not missing, f"add to catalogues/{language}.po:\n" + "\n---\n".join(missing)
    assert len(catalogue) == len(found), "the catalogue has sentences that nobody says any more"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_placeholders_of_their_sentence(language: str) -> None:
    catalogue = read_catalogue(language)
    for message in catalogue:
        if not message.id:
            continue  # the header
        translated = forms(message.string)
        source = forms(message.id)[-1]
        for form in translated:
            missing = placeholders(source) - placeholders(form)
            assert placeholders(form) <= placeholders(source), form
            assert missing <= (COUNTED if language == "ar" and len(translated) > 1 else set()), form
            assert not message.fuzzy, form
        assert len(translated) in (1, catalogue.num_plurals)


def commands(sentence: str) -> list[str]:
    """The commands that a sentence tells users to say, which stand between stars."""
    told = re.findall(r"\*([^*{}]+)\*", sentence)
    meant = [find_meaning(words) or (find_opened(words) and "open") for words in told]
    return sorted(filter(None, meant))


@pytest.mark.parametrize("language", OTHERS)
def test_what_users_are_told_to_say_is_understood(language: str) -> None:
    for message in read_catalogue(language):
        if isinstance(message.id, str) and message.id:
            (translated,) = forms(message.string)
            assert commands(translated) == commands(message.id), translated


@pytest.mark.parametrize("language", [*OTHERS, SOURCE])
def test_the_titles_of_choices_fit_on_buttons(language: str) -> None:
    with use_locale(language):
        titles = [localized(choice.title) for choice in choices()]
    assert [title for title in titles if len(title) > BUTTON_TITLE] == []


def test_no_sentence_is_said_without_being_marked() -> None:
    """A string with a space in it that stands outside `gettext_noop`, `gettext` and `ngettext`."""
    tree = ast.Module(
        body=[
            statement
            for path in SENTENCES
            if path.stem.endswith("_texts")
            for statement in ast.parse(path.read_text("utf-8")).body
        ],
        type_ignores=[],
    )
    marked = {
        id(inner)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
        for inner in ast.walk(call)
    }
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    ids = {id(k.value) for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "id"}
    unmarked = [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and sum(map(str.isalpha, node.value)) > 2
        and " " in node.value.strip()
        and id(node) not in marked | docstrings | ids
    ]
    assert unmarked == [], "wrap them in gettext_noop() or gettext(), see bot/messages/__init__.py"


def test_a_sentence_is_said_in_the_language_that_is_spoken() -> None:
    with use_locale("es"):
        assert gettext("*{title}* is ready:\n{url}", url="https://a", title="{x}") == (
            "*{x}* está lista:\nhttps://a"
        )
        assert localized("Stop") == "Parar"
        assert ngettext("{number} minute", "{number} minutes", 1) == "1 minuto"
        assert ngettext("{number} minute", "{number} minutes", 7) == "7 minutos"
        assert localized("What a person wrote themselves") == "What a person wrote themselves"
    assert localized("Stop") == "Stop"


@pytest.mark.parametrize("language", [None, "en", "it", "xx"])
def test_who_speaks_a_language_without_a_catalogue_reads_english(language: str | None) -> None:
    with use_locale(language):
        assert localized("Stop") == "Stop"
        assert ngettext("{number} minute", "{number} minutes", 1) == "1 minute"


def test_catalogues_are_read_once() -> None:
    assert translations("es") is translations("es")
