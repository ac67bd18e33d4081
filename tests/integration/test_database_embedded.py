"""The embedded server's life: shared, started at once, killed anywhere, never left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from bot.database import embedded
from bot.database.connection import database_url
from bot.settings.development import HOME
from bot.settings.groups import Settings
from tests.settings import changed

pytestmark = pytest.mark.slow  # it starts processes

REPOSITORY = Path(__file__).parents[2]
USER = """
import os, sys
from pathlib import Path
from bot.database import embedded
print(embedded.start(Path(sys.argv[1])), flush=True)
if "fork" in sys.argv and os.fork():
    os._exit(0)
sys.stdin.read()
"""


class UserProcess:
    """Another process that uses the server until it is told to end."""

    def __init__(self, root: Path, *how: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(root), *how],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder with a space in its path, that the server's account may reach."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o711)
    folder = tmp_path / "a folder"
    yield folder
    embedded.release(folder)


def postmaster(root: Path) -> int:
    return int((root / "data" / "postmaster.pid").read_text().split()[0])


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def remember(url: str, value: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def remembered(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


def test_data_outlive_the_server(root: Path) -> None:
    remember(embedded.start(root), 1)
    server = postmaster(root)
    embedded.release(root)
    wait_until(lambda: not runs(server))  # it takes its pid file away a moment before it ends

    assert remembered(embedded.start(root)) == [1]


def test_processes_that_start_it_at_once_share_one_server(root: Path) -> None:
    users = [UserProcess(root) for _ in range(3)]

    urls = {user.url() for user in users}

    assert len(urls) == 1
    server = postmaster(root)
    users[0].kill()
    users[1].close()
    remember(urls.pop(), 1)
    assert runs(server)
    users[2].close()
    wait_until(lambda: not runs(server))


def test_it_stops_when_its_only_user_is_killed(root: Path) -> None:
    user = UserProcess(root)
    user.url()
    server = postmaster(root)

    user.kill()

    wait_until(lambda: not runs(server))


def test_it_lives_on_for_the_fork_of_a_user_that_ended(root: Path) -> None:
    user = UserProcess(root, "fork")
    url = user.url()
    user.process.wait()
    server = postmaster(root)

    remember(url, 1)
    assert runs(server)

    user.close()
    wait_until(lambda: not runs(server))


def test_a_killed_server_starts_again_with_what_was_committed(root: Path) -> None:
    url = embedded.start(root)
    remember(url, 1)
    os.kill(postmaster(root), signal.SIGKILL)

    assert embedded.start(root) == url
    assert remembered(url) == [1]


def test_a_killed_watchdog_is_replaced_by_the_next_users(root: Path) -> None:
    first = UserProcess(root)
    first.url()
    server = postmaster(root)
    (watchdog,) = psutil.Process(first.process.pid).children()
    watchdog.kill()
    first.kill()
    assert runs(server)

    second = UserProcess(root)
    second.url()
    second.kill()

    wait_until(lambda: not runs(server))


def test_half_a_data_folder_of_a_killed_start_is_no_hindrance(root: Path) -> None:
    root.mkdir()
    (root / "data.new-1").mkdir()
    (root / "data.new-1" / "PG_VERSION").write_text("18\n")

    remember(embedded.start(root), 1)

    assert not list(root.glob("data.new-*"))


def test_a_start_that_is_killed_at_any_time_can_be_repeated(root: Path) -> None:
    for seconds in (0.3, 0.5, 0.7, 0.9):
        user = UserProcess(root)
        time.sleep(seconds)
        user.kill()

    remember(embedded.start(root), 1)


def test_a_start_that_is_killed_leaves_no_server_behind(root: Path) -> None:
    embedded.start(root)
    embedded.release(root)
    for seconds in (0.2, 0.25, 0.3, 0.35, 0.4):
        user = UserProcess(root)
        time.sleep(seconds)
        children = psutil.Process(user.process.pid).children()
        user.kill()
        psutil.wait_procs(children, timeout=60)
        wait_until(lambda: not (root / "data" / "postmaster.pid").exists())


def test_a_stale_process_number_does_not_fool_it(root: Path) -> None:
    embedded.start(root)
    embedded.release(root)
    (root / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{root}/data\n0\n5432\n/x\n\n")

    remember(embedded.start(root), 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its data to another account")
def test_root_keeps_its_closed_folders_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    remember(embedded.start(closed / "postgres"), 1)
    embedded.release(closed / "postgres")

    assert remembered(embedded.start(closed / "postgres")) == [1]
    assert closed.stat().st_mode & 0o777 == 0o700
    embedded.release(closed / "postgres")
    shutil.rmtree((closed / "postgres").resolve())


def test_without_a_configured_database_the_embedded_one_serves(
    root: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.mkdir()
    monkeypatch.chdir(root)
    local = changed(settings, DATABASE_URL=None)

    url = database_url(local)

    assert (root / HOME / "postgres" / "data").exists()
    remember(url, 1)
    embedded.release(HOME / "postgres")
