"""What a process imports until it serves: nothing large that it does not use."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psycopg
import pytest

from bot.checks.report import NO_BROWSER_STATUS, CheckRequest
from bot.cli.commands import COMMANDS, load
from bot.settings.groups import Settings
from tests.integration.web_process import serving
from tests.started_anew import start_anew

pytestmark = pytest.mark.slow  # it starts processes

TEXTCREW = str(Path(sys.executable).with_name("textcrew"))

# Each takes longer than all that a listing needs, or would bring something that does.
HEAVY = frozenset({
    "PIL", "anthropic", "babel", "cryptography", "flask", "genai_prices", "gunicorn", "httpx2",
    "jsonschema", "logfire", "mcp", "opentelemetry", "playwright", "procrastinate", "psutil",
    "psycopg_pool", "pyarrow", "regex", "requests", "twilio", "urllib3", "yoyo",
})  # fmt: skip
NOT_FOR_HELP = HEAVY | {"pydantic", "rich"}
NOT_FOR_COMPLETION = HEAVY | {"rich"}
NOT_FOR_WEB = frozenset({
    "PIL", "anthropic", "babel", "genai_prices", "httpx2", "jsonschema", "mcp", "playwright",
    "procrastinate", "pyarrow", "regex", "twilio.rest",
})  # fmt: skip
NOT_FOR_THE_WORKER = frozenset({
    "PIL", "babel", "flask", "genai_prices", "gunicorn", "jsonschema", "mcp", "playwright",
    "pyarrow",
})  # fmt: skip
NOT_FOR_THE_DEMO = frozenset({
    "anthropic", "babel", "genai_prices", "mcp", "playwright", "procrastinate", "pyarrow",
    "twilio.rest",
})  # fmt: skip
NOT_FOR_THE_CHECK = (HEAVY | {"psycopg", "rich", "click"}) - {"playwright"}
NOT_FOR_A_TEXT = HEAVY | {"asyncio", "logging", "pypdf", "docx", "zipfile"}

LISTINGS = (
    ["agents"],
    ["handoffs", "list"],
    ["jobs"],
    ["deliveries"],
    ["cost"],
    ["alerts"],
    ["verify"],
    ["data"],
    ["query"],
    ["query", "requests-by-workflow"],
)

_LINE = re.compile(r"^import '(\S+)' #", re.MULTILINE)


@pytest.fixture
def run(settings_environment: dict[str, str]) -> Callable[..., set[str]]:
    """Runs a command to its end and tells what it imported."""

    def run_command(*command: str, **environment: str) -> set[str]:
        ended = subprocess.run(
            command,
            env=os.environ | settings_environment | telling(**environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout
        return imported(ended.stderr)

    return run_command


def telling(**environment: str) -> dict[str, str]:
    """What makes Python write each import to standard error, whichever way it is made."""
    return {"PYTHONVERBOSE": "1", **environment}


def imported(written: str) -> set[str]:
    """The modules that it says were imported."""
    return set(_LINE.findall(written))


def completing(words: str) -> dict[str, str]:
    written = f"textcrew {words}"
    return {
        "_TEXTCREW_COMPLETE": "bash_complete",
        "COMP_WORDS": written,
        "COMP_CWORD": str(written.count(" ")),
    }


def test_help_imports_nothing_heavy_and_no_command(run: Callable[..., set[str]]) -> None:
    modules = run(TEXTCREW, "--help")
    assert modules >= {"click", "bot.cli.commands"}
    assert not modules & NOT_FOR_HELP
    assert not modules & {entry.module for entry in COMMANDS.values()}


@pytest.mark.parametrize("listing", LISTINGS, ids=" ".join)
def test_a_listing_imports_nothing_heavy(run: Callable[..., set[str]], listing: list[str]) -> None:
    modules = run(TEXTCREW, *listing, LOCAL_RECORDS="true")
    assert COMMANDS[listing[0]].module in modules
    assert not modules & HEAVY


def test_completing_a_name_imports_no_command(run: Callable[..., set[str]]) -> None:
    for environment in (completing(""), completing("a"), {"_TEXTCREW_COMPLETE": "bash_source"}):
        modules = run(TEXTCREW, **environment)
        assert not modules & NOT_FOR_HELP
        assert not modules & {entry.module for entry in COMMANDS.values()}


@pytest.mark.parametrize("name", COMMANDS)
def test_completing_an_option_imports_that_command(run: Callable[..., set[str]], name: str) -> None:
    modules = run(TEXTCREW, **completing(f"{name} --"))
    others = {entry.module for entry in COMMANDS.values()} - {COMMANDS[name].module}
    assert COMMANDS[name].module in modules
    assert not modules & (NOT_FOR_COMPLETION | others)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_its_own_help_begins_with(name: str) -> None:
    listed, own = click.Command(name, help=COMMANDS[name].help), load(name)
    assert own.name == name
    assert listed.get_short_help_str(1_000) == own.get_short_help_str(1_000)


def test_the_web_process_imports_what_requests_need(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in telling().items():
        monkeypatch.setenv(name, value)
    with serving(settings, tmp_path, workers=1, start=start_anew):
        modules = imported((tmp_path / "web.log").read_text("utf-8"))
    assert modules >= {"flask", "logfire", "twilio.request_validator"}
    assert not modules & NOT_FOR_WEB


@pytest.fixture
def worker_log(
    settings_environment: dict[str, str], database_url: str, tmp_path: Path
) -> Iterator[Path]:
    """What a worker has written when it has taken its first job."""
    log = tmp_path / "log"
    environment = os.environ | settings_environment | telling(LOCAL_RECORDS="true")
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        log.open("w") as written,
        subprocess.Popen([TEXTCREW, "worker"], env=environment, stderr=written) as worker,
    ):
        try:
            connection.execute(
                "SELECT enqueue_job('delivery', 'deliver', 'nobody', '{\"user_id\": \"nobody\"}')"
            )
            deadline = time.monotonic() + 60
            while connection.execute(
                "SELECT FROM procrastinate_jobs WHERE task_name = 'deliver' AND status = 'todo'"
            ).fetchall():
                assert time.monotonic() < deadline, log.read_text("utf-8")[-2_000:]
                time.sleep(0.05)
            yield log
        finally:
            worker.kill()


def test_the_worker_imports_what_its_first_job_needs(worker_log: Path) -> None:
    modules = imported(worker_log.read_text("utf-8"))
    assert modules >= {"anthropic", "logfire", "procrastinate"}
    assert not modules & NOT_FOR_THE_WORKER


@pytest.mark.parametrize("module", ["bot.cli.demo_stack", "bot.sandbox.claude.server"])
def test_what_runs_a_demo_does_not_import_what_its_worker_needs(
    run: Callable[..., set[str]], module: str
) -> None:
    modules = run(sys.executable, "-c", f"import {module}; print('imported')", **telling())
    assert module in modules
    assert not modules & NOT_FOR_THE_DEMO


def test_the_checks_process_imports_what_the_check_needs() -> None:
    job = CheckRequest(
        files={"index.html": "<p>x"}, pictures={}, acceptance=None, browser="/nowhere"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "bot.checks.runner"],
        input=job.model_dump_json() + "\n",
        env={"PATH": os.environ["PATH"], **telling()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == NO_BROWSER_STATUS, ended.stderr
    modules = imported(ended.stderr)
    assert modules >= {"playwright.async_api", "bot.checks.page_session"}
    assert not modules & NOT_FOR_THE_CHECK
    assert not {name for name in modules if name.startswith("telemetry.")} - {
        "telemetry.interruption"
    }


def test_the_process_that_reads_a_file_imports_what_reads_that_kind() -> None:
    """One is started for each photo, document and contact that anybody sends."""
    ended = subprocess.run(
        [sys.executable, "-m", "bot.attachments.reader", "text"],
        input="Open on Sundays",
        env={"PATH": os.environ["PATH"], **telling()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "1\nOpen on Sundays"), ended.stderr
    modules = imported(ended.stderr)
    assert "bot.attachments.texts" in modules
    assert not modules & NOT_FOR_A_TEXT
    others = {f"bot.attachments.{name}" for name in ("office", "papers", "pictures")}
    assert not modules & others
