"""What can be found by rule in every sentence: glued grammar, plain spaces, missing isolates."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from bot.builds.builds import UnfinishedBuild
from bot.builds.goals import Goals
from bot.languages import formats
from bot.languages.catalogues import read_catalogue
from bot.languages.i18n import use_locale
from bot.languages.locales import KNOWN, SOURCE
from bot.messages import budget_texts, command_texts, progress_texts, release_texts
from bot.model.budgets import BudgetSpent, hours_until_renewed
from bot.model.cost_report import Spent
from tests.catalogues import forms

MESSAGES = sorted((Path(__file__).parents[2] / "bot" / "messages").glob("*.py"))
OTHERS = sorted(KNOWN.keys() - {SOURCE})
SAID = {"gettext", "ngettext", "localized"}
FSI, PDI, RLM = "\u2068", "\u2069", "\u200f"

# What is filled in as it is. Everything else is a piece of language with a grammar of its own.
AS_THEY_ARE = frozenset({
    "title", "url", "number", "total", "position", "service", "named", "name", "amount", "spent",
    "limit", "download", "opening", "published_at", "percentage",
})  # fmt: skip
FROM_LEFT_TO_RIGHT = AS_THEY_ARE - {"number", "total", "position"} | {
    "cost", "default", "answer", "item", "fact", "criterion", "request_text", "part", "words",
}  # fmt: skip


def glued(source: str) -> list[str]:
    """Places where a said sentence is put together with + or an f-string around words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if is_said(node.left) or is_said(node.right):
                found.append(f"line {node.lineno}: +")
        elif isinstance(node, ast.AugAssign) and (is_said(node.value) or has_words(node.value)):
            found.append(f"line {node.lineno}: +=")
        elif isinstance(node, ast.JoinedStr) and has_words(node):
            found.append(f"line {node.lineno}: f-string")
    return found


def is_said(node: ast.AST) -> bool:
    return any(
        isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SAID
        for call in ast.walk(node)
    )


def has_words(node: ast.AST) -> bool:
    """Whether an f-string holds letters or punctuation of its own beside what is filled in."""
    return any(
        isinstance(piece, ast.Constant) and re.search(r"[^\W_]|[:*,.-]", str(piece.value))
        for string in ast.walk(node)
        if isinstance(string, ast.JoinedStr)
        for piece in string.values
    )


def pieces_inside(sentence: str) -> list[str]:
    """Pieces of language whose form depends on the words before them: "within {minutes}"."""
    set_off = re.compile(r"(?:^|\n|[:.,-] |[(*“\"])$")
    return [
        place[1]
        for place in re.finditer(r"\{(\w+)\}", sentence)
        if place[1] not in AS_THEY_ARE and not set_off.search(sentence[: place.start()])
    ]


def plain_spaces(sentence: str) -> list[str]:
    """French punctuation without a non-breaking space on its inner side."""
    return re.findall(
        r".{0,12}(?:(?<![\u202f\u00a0!?])[!?;:](?=\s|$)|(?<!\u00a0)»|«(?!\u00a0))", sentence
    )


def not_isolated(sentence: str) -> list[str]:
    """What is written from left to right and not isolated from the Arabic around it."""
    return [
        place[0]
        for place in re.finditer(r"(.?)\{(\w+)\}(.?)", sentence)
        if place[2] in FROM_LEFT_TO_RIGHT and (place[1], place[3]) != (FSI, PDI)
    ]


def laid_out_left_to_right(sentence: str) -> list[str]:
    """Lines that begin with neither an Arabic word nor the mark that says so."""
    return [
        line
        for line in sentence.split("\n")
        if line and not re.match(rf"{RLM}|[*«(\-\s]*[\u0600-\u06ff]", line)
    ]


def raw_marks(sentence: str) -> list[str]:
    """Marks of Markdown, and numbers or amounts that a locale would write in its own way."""
    return re.findall(r"\*\*|^#+ |\$\d|\d %|\d%|:%[YHd]|UTC|`", sentence, re.M)


def sentences(language: str) -> Iterator[str]:
    for message in read_catalogue(language):
        if message.id:
            yield from forms(message.string)


def english() -> Iterator[str]:
    for message in read_catalogue(OTHERS[0]):
        if message.id:
            yield from forms(message.id)


def test_no_sentence_is_glued_together() -> None:
    for path in MESSAGES:
        if path.stem.endswith("_texts"):
            assert glued(path.read_text("utf-8")) == [], path.name
    assert [piece for sentence in english() for piece in pieces_inside(sentence)] == []


def test_french_punctuation_keeps_to_its_word() -> None:
    assert [found for sentence in sentences("fr") for found in plain_spaces(sentence)] == []


def test_arabic_lines_run_from_right_to_left() -> None:
    for sentence in sentences("ar"):
        assert not_isolated(sentence) == []
        assert laid_out_left_to_right(sentence) == [], sentence
        assert not re.search(r"[,;?]", re.sub(r"\{\w+\}", "", sentence)), sentence


@pytest.mark.parametrize("language", [*OTHERS, SOURCE])
def test_no_sentence_has_marks_or_numbers_of_its_own(language: str) -> None:
    said = english() if language == SOURCE else sentences(language)
    assert [mark for sentence in said for mark in raw_marks(sentence)] == []


def test_the_rules_find_what_they_are_for() -> None:
    assert glued('told = gettext("A.") + name') == ["line 1: +"]
    assert glued('line += f" - {rest}"') == ["line 1: +=", "line 1: f-string"]
    assert glued('line = f"{number}. {name}"') == ["line 1: f-string"]
    assert glued('line = f"{one} {two}\\n"') == []
    assert pieces_inside("The {who} is at it within {minutes}.") == ["who", "minutes"]
    assert plain_spaces("Prête !")
    assert plain_spaces("Prête!")
    assert plain_spaces("« a »")
    assert not plain_spaces("Prête\u202f! Voyez\u00a0: «\u00a0a\u00a0» http://a 19:57")
    assert not_isolated("*{title}* جاهز") == ["*{title}*"]
    assert laid_out_left_to_right("*{title}* جاهز\nجاهز") == ["*{title}* جاهز"]
    assert raw_marks("**a**\n# b $0.01 80 %") == ["**", "**", "# ", "$0", "0 %"]


MONEY = {
    "en": "$1,234.50", "es": "1.234,50\u00a0US$", "pt": "US$\u00a01.234,50",
    "de": "1.234,50\u00a0$", "fr": "1\u202f234,50\u00a0$US", "hi": "$1,234.50",
    "ar": "\u200f1,234.50\u00a0US$", "id": "US$1.234,50", "it": "$1,234.50",
}  # fmt: skip
PERCENTAGE = {"de": "40\u00a0%", "es": "40\u00a0%", "fr": "40\u00a0%", "ar": "40٪"}


@pytest.mark.parametrize(("language", "written"), MONEY.items())
def test_amounts_and_shares_are_written_as_the_language_does(language: str, written: str) -> None:
    with use_locale(language):
        assert formats.money(Decimal("1234.5")) == written
        assert formats.percentage(0.4) == PERCENTAGE.get(language, "40%")


def test_times_are_true_in_every_time_zone() -> None:
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    with use_locale("ar"):
        assert formats.moment(now - timedelta(hours=2), now=now) == "قبل ساعتين"
    with use_locale("de"):
        assert formats.moment(now - timedelta(hours=2), now=now) == "vor 2 Stunden"
        assert formats.moment(now - timedelta(days=30), now=now) == "27.10.2026"


def a_build(**fields: object) -> UnfinishedBuild:
    known: dict[str, object] = {
        "build_id": uuid4(), "request_id": uuid4(), "project_id": uuid4(), "title": "Todo",
        "phase": "implementation", "workflow": "full_build", "status": "running",
        "asked_at": datetime.now(UTC), "awaits_answer": False, "agent_type": "frontend",
        "known_cost_usd": Decimal("0.06"), "unpriced_calls": 0,
    }  # fmt: skip
    return UnfinishedBuild(**{**known, **fields})  # type: ignore[arg-type]


def test_the_dual_has_no_number_and_the_line_runs_from_the_right() -> None:
    with use_locale("ar"):
        told = progress_texts.status(a_build(), 40, timedelta(minutes=2))
        shared = release_texts.published("Todo", "https://a/x/", 2)
    assert told.startswith(f"{RLM}*{FSI}Todo{PDI}*")
    assert "دقيقتان" in told
    assert "2" not in told
    assert f"{FSI}https://a/x/{PDI}" in shared


def test_status_says_nothing_of_what_has_not_begun_and_names_what_is_next() -> None:
    assert progress_texts.status(a_build(), 40, timedelta(seconds=59)) == (
        "*Todo*: writing the code (40%). Now: coding. Next: testing. Cost so far: $0.06."
    )
    waiting = a_build(status="queued", phase="planning", agent_type=None, known_cost_usd=Decimal(0))
    assert progress_texts.status(waiting, 0, timedelta()) == (
        "*Todo*: waiting its turn (0%). Next: planning."
    )
    alone = a_build(workflow="design_only", phase="design", agent_type="designer")
    assert "Next" not in progress_texts.status(alone, 20, timedelta(minutes=1))
    asked = a_build(awaits_answer=True, agent_type=None)
    assert "Next" not in progress_texts.status(asked, 40, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("language", "second"),
    [("pt", "A versão 2 de *Todo* está pronta"), ("fr", "La version 2 de *Todo* est prête"),
     ("es", "La versión 2 de *Todo* está lista"), ("de", "Version 2 von *Todo* ist fertig")],
)  # fmt: skip
def test_a_second_version_agrees_with_its_own_noun(language: str, second: str) -> None:
    with use_locale(language):
        assert release_texts.published("Todo", "https://a", 2).startswith(second)


def test_of_a_big_one_it_is_told_what_works_and_what_does_not() -> None:
    goals = Goals(
        criteria=["Ich kann tippen.", "Ich sehe es."], unmet=["Ich sehe es."], is_tried=True
    )
    with use_locale("de"):
        assert progress_texts.still_on_it(goals) == (
            "Das hier ist groß, und ich bin noch dran.\nDas klappt schon:\n- Ich kann tippen.\n"
            "Das klappt noch nicht:\n- Ich sehe es."
        )


def booked(spent: str, is_estimate: bool = False) -> BudgetSpent:
    return BudgetSpent(spent=Decimal(spent), raised=Decimal(0), is_estimate=is_estimate)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "again later. Time to wait: 1 hour."),
        ("de", "Wartezeit: 1 Stunde."),
        ("ar", "مدة الانتظار: \u2068ساعة\u2069."),
        ("hi", "समय: 1 घंटा।"),
        ("id", "nanti. Waktu tunggu: 1 jam."),
    ],
)
def test_when_the_budget_is_another_one_is_told_in_hours(language: str, said: str) -> None:
    """The day of the budgets is no user's day."""
    assert hours_until_renewed(datetime(2026, 3, 1, 23, 0, 1, tzinfo=UTC)) == 1
    assert hours_until_renewed(datetime(2026, 3, 1, tzinfo=UTC)) == 24
    with use_locale(language):
        assert said in budget_texts.unread_for_budget("total_day", 1)
        assert "24" in budget_texts.unread_for_budget("user_day", 24)


def test_the_budget_is_told_as_it_is() -> None:
    asked = budget_texts.budget_question(
        "request", booked("0.004"), Decimal("0.35"), is_online=False
    )
    assert asked.startswith("This has cost less than $0.01 so far. It may cost up to $0.35")
    ended = budget_texts.budget_exhausted("user_day", booked("19.5"), Decimal(20), 15)
    assert "$19.50 for you today" in ended
    reckoned = budget_texts.budget_exhausted("request", booked("0.2", True), Decimal(5), 15)
    assert reckoned.startswith("This has cost at most an estimated $0.20, and going on could take")
    assert ended.endswith("Time to wait: 15 hours.")
    unknown = Spent(scope="ever", known_cost_usd=Decimal(0), unpriced_calls=2)
    assert command_texts.amount(unknown) == "cost unknown"
