"""What the companion is told of the product is what the product is."""

import re
from decimal import Decimal

import pytest

from bot.attachments import papers, pictures, texts
from bot.intake.command_names import Command, find_command
from bot.intake.command_words import find_opened
from bot.intake.product_sheet import ALSO_SAID, ANSWERS, product_sheet
from bot.languages.locales import KNOWN
from bot.messages import conversation_texts, file_texts
from bot.settings.groups import BudgetSettings, variables
from handoffs.tokens import estimate_tokens
from tests.settings import make_settings

TOKENS = 920


def sheet(**settings: object) -> str:
    return product_sheet(make_settings(**settings))


def line(subject: str, **settings: object) -> str:
    return next(one for one in sheet(**settings).splitlines() if one.startswith(f"{subject}: "))


def named(text: str) -> set[Command]:
    """The commands that stand between stars."""
    words = re.findall(r"\*([^*\n]+)\*", text)
    opening = {Command.OPEN} if any(map(find_opened, words)) else set()
    literally = {command for command in Command if command in words}
    return opening | literally | {found for found in map(find_command, words) if found}


def test_every_command_is_in_it() -> None:
    told = named(sheet())
    assert set(Command) - told <= ANSWERS, "say it in `help`, or in ALSO_SAID"
    assert not ANSWERS & ALSO_SAID.keys()
    assert named(conversation_texts.HELP) <= told


def test_what_help_says_of_a_command_is_said_there_too() -> None:
    explained = [one for one in conversation_texts.HELP.splitlines() if one.startswith("*")]
    assert len(explained) > 5
    assert set(explained) <= set(sheet().splitlines())


def test_every_language_is_in_it() -> None:
    assert set(KNOWN.values()) <= set(re.findall(r"\w+", line("Languages")))


@pytest.mark.parametrize("budget", [name for name, _ in variables(BudgetSettings)])
def test_every_budget_is_told_as_it_is_set(budget: str) -> None:
    assert "$1,234.50" in line("Cost", **{budget: Decimal("1234.5")})
    assert "$1,234.50" not in line("Cost")


@pytest.mark.parametrize("kind", ["messages", "media", "cleared"])
def test_how_long_something_is_kept_is_told_as_it_is_set(kind: str) -> None:
    assert "271" in line("Kept", **{f"RETENTION_{kind.upper()}_DAYS": 271})
    assert "271" not in line("Kept")


def test_the_other_settings_that_a_user_notices_are_told() -> None:
    assert "after 7 min" in line("While building", QUESTION_TIMEOUT_SECONDS=420)
    assert "tried in a browser" in line("Can build", CHECK_APPS=True)
    assert "tried in a browser" not in line("Can build", CHECK_APPS=False)
    assert "waits until they write" in line("Reachable")
    assert "waits until they write" not in line("Reachable", TWILIO_TEMPLATE_SID=f"HX{'0' * 32}")


def test_what_can_be_sent_is_what_is_said_when_a_file_is_refused() -> None:
    taken = line("Takes in")
    assert f"{pictures.FETCHED_LIMIT // 2**20} MB" in taken
    assert f"{pictures.FETCHED_LIMIT // 2**20} MB" in file_texts.FILE_NOT_OPENED
    assert f"{papers.FETCHED_LIMIT // 2**20} MB" in taken
    assert f"{papers.FETCHED_LIMIT // 2**20} MB" in file_texts.FILE_NOT_OPENED
    assert f"{texts.FETCHED_LIMIT // 1_000} kB" in taken
    assert f"{texts.FETCHED_LIMIT // 1_000} kB" in file_texts.FILE_NOT_OPENED


def test_it_is_short() -> None:
    assert estimate_tokens([sheet()]) <= TOKENS
