"""What is told of a check that does not come to its end; another program stands for its process."""

import sys

import pytest

from bot.checks import checker
from bot.checks.checker import check_app
from bot.checks.chromium import find_chromium
from bot.checks.report import CHECKS, Finding, Progress, Report, unfinished

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

FOUND = Finding(check="console", message="uncaught: boom")
HALF = Progress(report=Report(ran=frozenset({"accessibility"}), findings=(FOUND,)))
WHOLE = Progress(report=Report(ran=frozenset(CHECKS)), is_last=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def let_say(monkeypatch: pytest.MonkeyPatch, *said: tuple[Progress, str]) -> None:
    """Let each check in turn tell its progress, and then do something."""
    assert find_chromium() is not None
    left = list(said)

    def command(_: list[str], **_given: object) -> list[str]:
        progress, then = left.pop(0)
        tell = f"import sys, time; print({progress.model_dump_json()!r}, flush=True); {then}"
        return [sys.executable, "-c", tell]

    monkeypatch.setattr(checker, "confined", command)
    monkeypatch.setattr(checker, "TIME_LIMIT", 3.0)
    monkeypatch.setattr(checker, "PATIENT_TIME_LIMIT", 4.0)


async def test_a_check_that_is_ended_tells_what_it_had_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_say(monkeypatch, (HALF, "time.sleep(60)"), (HALF, "time.sleep(60)"))

    report = await check_app({}, None)

    assert report.findings == (FOUND, unfinished())
    assert report.ran == {"accessibility"}
    assert report.blocking == (FOUND,)


async def test_a_check_that_is_ended_on_a_busy_machine_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_say(monkeypatch, (HALF, "time.sleep(60)"), (WHOLE, "time.sleep(60)"))

    report = await check_app({}, None)

    assert report.passed
    assert report.findings == ()


async def test_a_check_that_dies_tells_what_it_had_found_and_has_not_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_say(monkeypatch, (HALF, "sys.exit('killed')"))

    report = await check_app({}, None)

    assert [one.check for one in report.blocking] == ["console", "loads"]
    assert report.findings[-1].message == "the check ended without a report; it said: killed"


async def test_the_time_limit_of_a_check_begins_when_there_is_a_browser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = Progress(report=Report())
    let_say(
        monkeypatch, (began, f"time.sleep(2.2); print({WHOLE.model_dump_json()!r}, flush=True)")
    )
    monkeypatch.setattr(checker, "START_LIMIT", 2.0)
    monkeypatch.setattr(checker, "TIME_LIMIT", 20.0)

    report = await check_app({}, None)

    assert report.passed


async def test_a_browser_that_does_not_start_in_time_says_nothing_about_the_app(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = [[sys.executable, "-c", "import time; time.sleep(60)"]] * 2
    monkeypatch.setattr(checker, "confined", lambda *_, **__: commands.pop())
    monkeypatch.setattr(checker, "START_LIMIT", 0.3)

    report = await check_app({}, None)

    assert report.says_nothing
    assert not commands
    assert not report.model_copy(update={"findings": (unfinished(), FOUND)}).says_nothing
