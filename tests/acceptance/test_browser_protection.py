"""The browser of a check runs without our rights, in its sandbox, and `textcrew doctor` says so."""

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from bot.checks.checker import check_app
from bot.checks.chromium import find_chromium
from bot.checks.protection import protection_of
from bot.cli.doctor import machine
from bot.cli.doctor.machine import check_browser
from bot.confinement.account import ACCOUNT
from bot.settings.groups import Settings
from tests.checked_apps import SOUND
from tests.trials import tried

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("checks of sound apps")]

is_root = os.geteuid() == 0


class Seen:
    """What is to be seen of a check's processes while they run."""

    def __init__(self) -> None:
        self.users: set[int] = set()
        self.environments: set[str] = set()
        self.filtered = 0  # processes whose system calls are filtered, as in a sandbox

    def look(self) -> None:
        for process in psutil.Process().children(recursive=True):
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
                if "bot.checks.runner" in process.cmdline() or "--type=" in " ".join(
                    process.cmdline()
                ):
                    self.users.add(process.uids().effective)
                    self.environments |= set(process.environ().values())
                self.filtered += "Seccomp:\t2" in status
            except (psutil.Error, OSError):
                continue


@pytest.mark.anyio
async def test_a_checks_processes_have_no_secret_and_pages_are_in_the_sandbox(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary-key")
    seen = Seen()
    app = SOUND["tip"]
    checking = asyncio.create_task(tried(lambda: check_app(app.files, app.acceptance)))
    while not checking.done():
        await asyncio.to_thread(seen.look)
        await asyncio.wait({checking}, timeout=0.05)
    assert checking.result().passed

    assert seen.users - {0} == ({ACCOUNT} if is_root else {os.geteuid()})
    assert "canary-key" not in seen.environments
    assert seen.filtered


def stubborn(tmp_path: Path, said: str) -> str:
    """A browser on a system that lets it have no sandbox."""
    script = tmp_path / "bin" / "chromium"
    script.parent.mkdir(mode=0o755)
    script.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *--no-sandbox*) ;; *) echo "{said}" >&2; exit 1 ;; esac\n'
        f'exec {find_chromium()} "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize("said", ["No usable sandbox!", "Failed to move to new namespace: PID"])
def test_without_a_sandbox_the_check_is_made_and_doctor_tells(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    browser = stubborn(tmp_path, said)
    assert not protection_of(browser, []).is_sandboxed
    monkeypatch.setattr(machine, "find_chromium", lambda: browser)
    finding = check_browser(settings)
    assert "without its sandbox" in finding.seen
    assert finding.ok == is_root, "as root, another account is still there"


def test_doctor_says_who_the_browser_is_and_that_it_is_in_its_sandbox(settings: Settings) -> None:
    finding = check_browser(settings)
    assert finding.ok
    assert "in its sandbox" in finding.seen
    assert (f"account {ACCOUNT}, which owns nothing" in finding.seen) == is_root


@pytest.mark.skipif(not is_root, reason="only root has another account's rights")
def test_doctor_names_what_the_account_can_read_and_the_remedy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "SECRETS", [Path("/etc/hostname"), Path("/etc/shadow")])
    finding = check_browser(settings)
    assert not finding.ok
    assert finding.seen.endswith("it can read /etc/hostname")
    assert finding.remedy == "Run: chmod go-rwx /etc/hostname"


@pytest.mark.skipif(not is_root, reason="only root can be without protection")
def test_doctor_is_not_content_with_a_browser_of_roots(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.checks.protection.confined", lambda command, **_: command)
    finding = check_browser(settings)
    assert not finding.ok
    assert "is root" in finding.seen


def test_doctor_tells_of_a_browser_that_does_not_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "find_chromium", lambda: "/bin/false")
    finding = check_browser(settings)
    assert not finding.ok
    assert finding.seen == "/bin/false does not start"
