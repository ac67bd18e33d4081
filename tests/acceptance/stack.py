"""The whole system for a scenario: gunicorn and worker in processes of their own, the stand-ins."""

import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography.fernet import Fernet
from psycopg.errors import DeadlockDetected, LockNotAvailable

from bot.cli.demo_stack import WEB_COMMAND
from bot.cli.processes import Program, ProgramGroup
from bot.sandbox.claude.faults import ClaudeFault, FaultKind
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.sandbox.twilio.link_previews import LinkPreviews
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from bot.sandbox.twilio.server import FakeTwilio
from tests.emptying import await_quiet, empty_tables
from tests.forked_program import ForkedProgram, run_forked
from tests.kept_connection import KeptConnection
from tests.process_logs import Logs, watched

T = TypeVar("T")

WORKER_COMMAND = [sys.executable, "-m", "bot.cli.main", "worker"]

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "acceptance-auth-token"
BOT = "whatsapp:+14155238886"
STEP_SECONDS = 0.02  # between two statuses of a message
NEVER_GIVEN = range(12_000, 32_000)  # Linux gives connections that go out 32768 to 60999
QUIET_SECONDS = 3.0  # for what the last test left to do
HELD_SECONDS = 3600.0  # until it is let go on; what a call may take is long over
ENDING_SECONDS = 30.0  # for a process to send and write its last, however busy the machine is
LOOKS = KeptConnection()


class Programs(ProgramGroup):
    """The processes of a system, forked."""

    def start(
        self, name: str, command: Sequence[str], more: Mapping[str, str] | None = None
    ) -> Program:
        """Start `python -m MODULE …`, as `ProgramGroup.start` does."""
        assert command[:2] == [sys.executable, "-m"]
        log = self._folder / f"{name}.log"
        process = ForkedProgram(command[2:], {**self._environment, **(more or {})}, log)
        self._programs[name] = Program(
            name=name, process=cast("subprocess.Popen[bytes]", process), log=log
        )
        self._remember()
        return self._programs[name]

    def stop(self) -> None:
        """As `ProgramGroup.stop`, with more time for the last of it."""
        processes = [program.process for program in self._programs.values()]
        for process in processes:
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            for process in processes:
                process.wait(ENDING_SECONDS)
        super().stop()


class Stack:
    """Start with `start()`, talk to it with `phone()`, look into it with `rows()`.

    `is_disturbed` tells that its processes were killed, stopped or joined by others since then, so
    that the next test cannot have it.
    """

    def __init__(self, database_url: str, folder: Path, **environment: str) -> None:
        self.database_url = database_url
        self.public_url, self.sites_url = free_address(), free_address()
        self.claude = FakeClaude(keeps_bodies=True)
        self.twilio = FakeTwilio(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            whatsapp_from=BOT,
            webhook_url=f"{self.public_url}/webhooks/whatsapp",
            step_seconds=STEP_SECONDS,
            previews=LinkPreviews(self.public_url, self.sites_url),
        )
        self.environment = self._environment(environment)
        self._folder = folder
        self._programs = Programs(folder, self.environment)
        self.logs = Logs(folder)
        self.is_disturbed = False

    def start(self) -> "Stack":
        watched.append(self.logs)
        self.claude.start()
        self.twilio.start()
        self.start_worker()
        self.start_web()
        self.is_disturbed = False
        return self

    def stop(self) -> None:
        self._programs.stop()
        self.twilio.stop()
        self.claude.stop()
        self.logs.is_complete = True

    def move_to(self, database_url: str) -> None:
        """Stop all processes; those that are started from now on have another database."""
        self.disturb().stop()
        self.database_url = self.environment["DATABASE_URL"] = database_url
        self._programs = Programs(self._folder, self.environment)

    def disturb(self) -> ProgramGroup:
        """The web and worker processes, to do something to them: no other test gets this system."""
        self.is_disturbed = True
        return self._programs

    def program(self, name: str) -> Program:
        """One of them, to look at."""
        return self._programs.program(name)

    def empty(self) -> bool:
        """Forget all users, their apps and what was asked for, for the next test.

        False when that cannot be done: something is still going on, or this system is not as it
        was when it started.
        """
        if self.is_disturbed or self._programs.ended():
            return False
        self.claude.reset()  # what is slow or fails by intention ends now
        try:
            await_quiet(self.database_url, QUIET_SECONDS)
            self.twilio.reset()
        except TimeoutError:
            return False
        self.claude.reset()
        try:
            empty_tables(self.database_url)
        except (DeadlockDetected, LockNotAvailable):  # a process is writing its last
            return False
        return True

    def start_web(self) -> None:
        binds = [urlsplit(url).netloc for url in (self.public_url, self.sites_url)]
        listen = [part for bind in binds for part in ("--bind", bind)]
        self.disturb().start("web", [*WEB_COMMAND, *listen, "bot.wsgi:create_app()"])
        eventually(lambda: answers(f"{self.public_url}/ready"), "the web process is ready")

    def start_worker(self, name: str = "worker") -> Program:
        self.is_disturbed = True
        return self._programs.start(name, WORKER_COMMAND)

    def await_worker(self) -> None:
        """Wait until a worker takes jobs, which the web process does not wait for."""
        eventually(lambda: self.rows("SELECT FROM procrastinate_workers"), "a worker takes jobs")

    def slow_model(self, seconds: float, role: str | None = None, *, after_turns: int = 0) -> None:
        """Let the model wait before each answer, or before those to one role."""
        self._delay(Delay(before=seconds, role=role, after_turns=after_turns))

    def answer_slowly(self, seconds: float, role: str) -> None:
        """Let the model wait between two pieces of each answer to a role."""
        self._delay(Delay(chunk=seconds, role=role))

    def _delay(self, delay: Delay) -> None:
        said = delay.model_dump_json().encode()
        urlopen(Request(f"{self.claude.url}/delay", said, method="POST")).close()

    def hold_model(self, role: str | None = None, *, after_turns: int = 0) -> None:
        """Give no answer to a role, or to nobody, beyond its first turns, until `let_go`.

        Whoever was held before and is not any more gets theirs.
        """
        self.slow_model(HELD_SECONDS, role, after_turns=after_turns)

    def let_go(self) -> None:
        """Let the model answer at once what it was asked and what it will be asked."""
        self.slow_model(0.0)

    def await_call(self, role: str, *, turn: int = 1) -> None:
        """Wait until the model was asked for that turn of a role, since the journal was cleared."""
        eventually(
            lambda: any(c["role"] == role and c["turn"] == turn for c in self.model_calls()),
            f"the {role} asks for turn {turn}",
        )

    def await_calls(self, role: str, count: int) -> None:
        """Wait until the model was asked that often by a role, since the journal was cleared."""
        eventually(
            lambda: self.claude.journal.count(role) >= count,
            f"the {role} has asked {count} times",
        )

    def turns(self, role: str) -> Iterator[list[str]]:
        """Let a role take its turns one by one: the tools that each calls, before the next.

        The first is as far as it comes before it is asked for.
        """
        self.hold_model(role, after_turns=1)
        return self._turns(role, since=len(self.model_calls()))

    def _turns(self, role: str, since: int) -> Iterator[list[str]]:
        for number in itertools.count(1):
            self.hold_model(role, after_turns=number)
            turn = partial(self._answered, role, number, since)
            yield eventually(turn, f"the {role} has taken turn {number}")[0]["tools_called"]

    def _answered(self, role: str, turn: int, since: int) -> list[dict[str, Any]]:
        return [
            call
            for call in self.model_calls()[since:]
            if (call["role"], call["turn"], call["outcome"]) == (role, turn, "completed")
        ]

    def fail_model(self, fault: FaultKind, role: str, *, times: int = 1) -> None:
        """Let the next calls of a role fail."""
        self.claude.faults.add([ClaudeFault(fault=fault, role=role, times=times)])

    def reconcile(self) -> str:
        """Take in what Twilio has and we have not; returns what the command prints."""
        done = run_forked(["bot.cli.main", "reconcile"], self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def model_calls(self) -> list[dict[str, Any]]:
        """The stand-in's journal of calls."""
        return self.claude.journal.as_json()

    def brief_of(self, role: str) -> str:
        """The text that the role's last call began with."""
        return self.briefs_of(role)[0]

    def briefs_of(self, role: str) -> list[str]:
        """The texts in the first message of the role's last call."""
        calls = [call for call in self.claude.journal.answered() if call.role == role]
        blocks = json.loads(calls[-1].body or b"")["messages"][0]["content"]
        return [block["text"] for block in blocks if block["type"] == "text"]

    def phone(self, number: str | None = None) -> Phone:
        """A user's phone; a new user unless a number is given."""
        return Phone(self.twilio.url, f"whatsapp:{number or '+1555' + digits(7)}")

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """What the database says."""
        return LOOKS.execute(self.database_url, query.encode(), parameters).fetchall()

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        others = ("TWILIO", "TRANSCRIPTION", "LOGFIRE")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(others)}
        return {
            **inherited,
            "DATABASE_URL": self.database_url,
            "PUBLIC_BASE_URL": self.public_url,
            "SITES_BASE_URL": self.sites_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_WHATSAPP_FROM": BOT,
            "TWILIO_BASE_URL": self.twilio.url,
            "ALBUM_SECONDS": "0",  # what comes waits for nothing; its own scenarios switch it on
            "PAIR_INTERVAL_SECONDS": "0",
            "CHECK_APPS": "false",  # a browser check takes seconds; its own scenarios switch it on
            "ANTHROPIC_API_KEY": "acceptance-key",
            "ANTHROPIC_BASE_URL": self.claude.url,
            "USER_ID_PEPPER": "acceptance-pepper-0123",
            "CONTACT_KEY": Fernet.generate_key().decode(),
            "OPERATOR_TOKEN": "acceptance-operator-token",
            **extra,
        }


def announced(message: PhoneMessage) -> bool:
    """Whether a message brings the link of a new version, tried in a browser or not."""
    return "is ready" in message.body or "is online" in message.body


def eventually(look: Callable[[], T | None], what: str, *, seconds: float = 60.0) -> T:
    """Look until something true is seen, and return it; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether `url` answers with a success."""
    try:
        urlopen(url, timeout=30).close()
    except (URLError, OSError):
        return False
    return True


def free_address() -> str:
    """An address on loopback where nothing listens, of a port that no connection is given."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", secrets.choice(NEVER_GIVEN)))
            return f"http://127.0.0.1:{probe.getsockname()[1]}"


def digits(count: int) -> str:
    """Random decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))
