"""As root, what strangers made is handled by an account that owns nothing and sees no secret."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

import pytest

from bot.confinement import account, launcher
from bot.confinement.account import ACCOUNT, confined, environment, is_in_force

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account's rights")

# Tells who it is, and of each path what it can read of it.
LOOK = """
import json, os, sys
def read(path):
    try:
        return os.listdir(path) if os.path.isdir(path) else open(path).read()
    except OSError as error:
        return type(error).__name__
print(json.dumps({
    "user": [*os.getresuid(), *os.getresgid(), *os.getgroups()],
    "environment": dict(os.environ),
    "read": {path: read(path) for path in sys.argv[1:]},
}))
"""
# Starts a command without the right to make a view of the disk, as root in most containers is.
WITHOUT_VIEWS = """
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(24, 21, 0, 0, 0) == 0  # PR_CAPBSET_DROP, CAP_SYS_ADMIN
os.execv(sys.argv[1], sys.argv[1:])
"""
OPEN_PYTHON = "/usr/bin/python3"  # where every user can read it


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The worker's folder, with settings and data that anybody may read."""
    is_in_force.cache_clear()
    with TemporaryDirectory(prefix="home-") as name:  # in a place that is open to all
        folder = Path(name)
        folder.chmod(0o755)
        (folder / ".env").write_text("TWILIO_AUTH_TOKEN=canary")
        (folder / ".textcrew").mkdir()
        (folder / ".textcrew" / "data").write_text("canary")
        (folder / "other").write_text("not a secret")
        monkeypatch.chdir(folder)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", "canary")
        yield folder
    is_in_force.cache_clear()


class Seen(TypedDict):
    """What `LOOK` tells."""

    user: list[int]
    environment: dict[str, str]
    read: dict[str, object]


def look(command: Sequence[str]) -> Seen:
    ended = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    seen: Seen = json.loads(ended.stdout)
    return seen


def test_the_account_owns_nothing_and_sees_neither_settings_nor_data(home: Path) -> None:
    paths = [
        ".env",
        ".textcrew",
        str(home / ".env"),
        str(home / ".textcrew"),
        "/root",
        "/etc/shadow",
    ]
    seen = look(confined([sys.executable, "-c", LOOK, *paths, f"/proc/{os.getpid()}/environ"]))

    assert seen["user"] == [ACCOUNT] * 6
    assert "canary" not in json.dumps(seen)
    assert seen["read"][str(home / ".env")] in {"", "PermissionError"}
    assert seen["read"][str(home / ".textcrew")] in {"PermissionError"}
    assert seen["read"]["/etc/shadow"] == "PermissionError"
    assert seen["read"][f"/proc/{os.getpid()}/environ"] == "PermissionError"


def test_of_a_closed_folder_it_sees_what_it_uses(home: Path) -> None:
    (home / "programs").mkdir()
    home.chmod(0o700)
    script = home / "programs" / "program"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    assert is_in_force((str(script),))
    command = [sys.executable, "-c", LOOK, str(home), str(script), str(home / "other")]
    seen = look(confined(command, programs=(str(script),)))

    assert seen["read"] == {
        str(home): ["programs"],
        str(script): "#!/bin/sh\n",
        str(home / "other"): "FileNotFoundError",
    }


def test_it_owns_the_folder_that_it_is_given(home: Path) -> None:
    home.chmod(0o700)
    folder = home / "own"
    folder.mkdir(mode=0o700)
    (folder / "file").write_text("mine")
    seen = look(confined([sys.executable, "-c", LOOK, str(folder)], folder=str(folder)))

    assert folder.stat().st_uid == ACCOUNT
    assert seen["read"] == {str(folder): ["file"]}


def test_where_there_are_no_views_the_files_own_permissions_count(home: Path) -> None:
    (home / ".env").chmod(0o600)
    (home / ".textcrew").chmod(0o700)
    plan = launcher.ConfinementPlan(account=ACCOUNT, used=[], hidden=[str(home / ".env")])
    paths = [str(home / ".env"), str(home / ".textcrew"), str(home / "other")]
    seen = look(
        [
            *(sys.executable, "-c", WITHOUT_VIEWS),
            *(sys.executable, "-IS", launcher.__file__, plan.as_json()),
            *(OPEN_PYTHON, "-c", LOOK, *paths),
        ]
    )

    assert seen["user"] == [ACCOUNT] * 6
    assert list(seen["read"].values()) == ["PermissionError"] * 2 + ["not a secret"]


def test_what_the_account_cannot_start_is_started_as_ever(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(home / "nowhere")
    assert confined([sys.executable, "-V"], programs=(missing,)) == [sys.executable, "-V"]
    monkeypatch.setattr(account, "ACCOUNT", 2**32 - 1)  # a number that nobody can be
    assert confined([sys.executable, "-V"]) == [sys.executable, "-V"]


def test_a_plan_whose_program_is_missing_says_so(home: Path) -> None:
    plan = launcher.ConfinementPlan(account=ACCOUNT, used=[], hidden=[])
    command = [sys.executable, "-IS", launcher.__file__, plan.as_json(), str(home / "nowhere")]
    assert subprocess.run(command, check=False).returncode == launcher.CANNOT_START
