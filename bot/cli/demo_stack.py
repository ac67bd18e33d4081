"""The demo's parts: the embedded database, web, worker and the stand-ins, on loopback.

The parts get an explicit configuration, so that nothing of a real one (`.env`) is touched; only
`ANTHROPIC_API_KEY` is taken from there, when the user has one.
"""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO
from urllib.parse import urlsplit

import httpx2
import psycopg
from dotenv import dotenv_values
from psycopg.rows import class_row

from bot.cli import ports
from bot.cli.demo_controls import DemoControls
from bot.cli.processes import Program, ProgramGroup
from bot.database.connection import embedded_database_url
from bot.database.migrate import migrate
from bot.errors import TextcrewError
from bot.sandbox.speech.recognizer import is_installed
from bot.sandbox.stage.reading import Facts
from bot.sandbox.stage.server import serving
from bot.settings.development import (
    HOME,
    LOCAL_ENV,
    STAND_INS,
    fresh_local_values,
    write_local_env,
)
from bot.settings.groups import settings_from
from bot.sites.links import SiteLinks
from telemetry.named_sql import statements

SQL = statements("bot.cli", "demo_stack.sql")

START_SECONDS = 30.0
ADDRESSES = ("PUBLIC_BASE_URL", "SITES_BASE_URL", *STAND_INS)
WEB_COMMAND = [sys.executable, "-m", "gunicorn", "-c", "python:bot.gunicorn_conf"]


class DemoError(TextcrewError):
    """The demo cannot run."""


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """How a request ended; `link` is None when it brought no version of an app."""

    status: str
    link: str | None


@dataclass(frozen=True, kw_only=True)
class _OutcomeRow:
    status: str
    site_token: str | None


class DemoStack:
    """Everything that `make demo` starts."""

    def __init__(self, *, budget: int | None) -> None:
        self._budget = budget
        self._values: dict[str, str] = {}
        self._programs = ProgramGroup(HOME / "logs", {})
        self._controls: DemoControls | None = None
        self._facts: Callable[[str], Facts | None] = lambda _: None
        self._database_url = ""

    @contextmanager
    def running(self) -> Iterator["DemoStack"]:
        """Start everything, and stop it at the end. Raises `DemoError` if a part does not start."""
        with _only_demo_here() as lock:
            self._programs.end_leftovers()
            self._database_url = embedded_database_url()
            migrate(self._database_url)
            with ExitStack() as parts:
                with ports.choosing():
                    self._values = _local_values()
                    self._programs = ProgramGroup(HOME / "logs", self._environment())
                    parts.callback(self._programs.stop)
                    self._start(parts)
                lock.write(f"{self.phone_url}\n")
                lock.flush()
                yield self

    @property
    def phone_url(self) -> str:
        """The phone page."""
        return self._values["TWILIO_BASE_URL"]

    @property
    def console_url(self) -> str:
        """The operators' page."""
        return f"{self._values['PUBLIC_BASE_URL']}/console"

    @property
    def uses_claude(self) -> bool:
        """True when the user's own key is used, not the stand-in."""
        return "ANTHROPIC_BASE_URL" not in self._values

    def facts(self, address: str) -> Facts | None:
        """What the stage shows to the user at that address."""
        return self._facts(address)

    @property
    def cap_usd(self) -> Decimal:
        """What a request may cost."""
        return settings_from(self._environment()).budgets.request_usd

    @property
    def hears(self) -> bool:
        """True where the stand-in for a transcription server can be started."""
        return "TRANSCRIPTION_BASE_URL" in self._values

    def check(self) -> None:
        """Raise `DemoError` with its last words if a part has ended."""
        ended = self._controls.ended() if self._controls else self._programs.ended()
        if ended is not None:
            raise DemoError(_ended(ended))

    def outcome(self, message_sid: str) -> DemoResult | None:
        """How the message's request ended, or None while it goes on."""
        with (
            psycopg.connect(self._database_url) as connection,
            connection.cursor(row_factory=class_row(_OutcomeRow)) as cursor,
        ):
            row = cursor.execute(SQL["find_outcome"], {"message_sid": message_sid}).fetchone()
        if row is None:
            return None
        links = SiteLinks(self._values["SITES_BASE_URL"])
        link = links.url(row.site_token) if row.site_token else None
        return DemoResult(status=row.status, link=link)

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **self._values, "DATABASE_URL": self._database_url}
        environment["ENV"] = "development"
        # Meta's pace is for real phones.
        environment |= {"PAIR_INTERVAL_SECONDS": "0", "SENDER_RATE_PER_SECOND": "0"}
        if self.hears:
            environment["TRANSCRIPTION_USD_PER_MINUTE"] = "0"
        if self.uses_claude:
            environment["ANTHROPIC_API_KEY"] = _own_key() or ""
        return environment

    def _start(self, parts: ExitStack) -> None:
        environment = self._environment()
        self._controls = DemoControls(
            self._programs,
            environment,
            claude_url=self._values.get("ANTHROPIC_BASE_URL"),
            memory=self._budget,
        )
        parts.callback(self._controls.close)
        self._facts = parts.enter_context(serving(environment, self._database_url, self._controls))
        if not self.uses_claude:
            self._programs.start("claude", [sys.executable, "-m", "bot.sandbox.claude"])
        if self.hears:
            self._programs.start("speech", [sys.executable, "-m", "bot.sandbox.speech"])
        binds = [self._values["PUBLIC_BASE_URL"], self._values["SITES_BASE_URL"]]
        listen = [part for url in binds for part in ("--bind", urlsplit(url).netloc)]
        self._programs.start("web", [*WEB_COMMAND, *listen, "bot.wsgi:create_app()"])
        self._controls.start_worker()
        awaited = [f"{binds[0]}/ready", f"{self.phone_url}/"]
        if not self.uses_claude:  # else the first message is read in vain, and again
            awaited.append(f"{self._values['ANTHROPIC_BASE_URL']}/")
        if self.hears:
            awaited.append(f"{self._values['TRANSCRIPTION_BASE_URL']}/")
        for url in awaited:
            self._await_answer(url)

    def _await_answer(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.check()
            try:
                httpx2.get(url, timeout=2).raise_for_status()
            except httpx2.HTTPError as error:
                if time.monotonic() > deadline:
                    raise DemoError(f"{url} does not answer: {error}.") from error
                time.sleep(0.1)
            else:
                return


def _ended(program: Program) -> str:
    return (
        f"The {program.name} process ended with code {program.process.returncode}; "
        f"{program.log} says:\n{program.last_words()}"
    )


@contextmanager
def _only_demo_here() -> Iterator[IO[str]]:
    """Hold the lock that the running demo of this folder holds; its file tells its address."""
    HOME.mkdir(mode=0o700, exist_ok=True)
    with (HOME / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            address = lock.read().strip()
            where = f"at {address}" if address else "and is just starting"
            raise DemoError(
                f"A demo of this folder is running already {where}; use that one, or stop it first."
            ) from None
        lock.truncate(0)
        yield lock
        lock.truncate(0)


def _local_values() -> dict[str, str]:
    """The local settings, kept from the last time, at ports that are free now."""
    kept = {name: value for name, value in dotenv_values(LOCAL_ENV).items() if value}
    values = {**fresh_local_values(), **kept}
    free = ports.free_ports([urlsplit(values[name]).port or 0 for name in ADDRESSES])
    values |= {name: f"http://127.0.0.1:{p}" for name, p in zip(ADDRESSES, free, strict=True)}
    if not is_installed():
        del values["TRANSCRIPTION_BASE_URL"]
    if _own_key():
        del values["ANTHROPIC_API_KEY"], values["ANTHROPIC_BASE_URL"]
    write_local_env(values)
    return values


def _own_key() -> str | None:
    return os.environ.get("ANTHROPIC_API_KEY") or dotenv_values(".env").get("ANTHROPIC_API_KEY")
