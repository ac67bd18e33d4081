"""The whole system for a scenario: gunicorn and worker in processes of their own, the stand-ins."""

import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from bot.cli.demo_stack import WEB_COMMAND
from bot.cli.processes import Program, ProgramGroup
from bot.sandbox.claude.faults import Fault, FaultKind
from bot.sandbox.claude.pace import Delay
from bot.sandbox.claude.server import StandInServer as Claude
from bot.sandbox.phone.client import Phone, PhoneMessage
from bot.sandbox.twilio.server import StandInServer as Twilio

T = TypeVar("T")

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "acceptance-auth-token"
BOT = "whatsapp:+14155238886"


class Stack:
    """Start with `start()`, talk to it with `phone()`, look into it with `rows()`."""

    def __init__(self, database_url: str, folder: Path, **environment: str) -> None:
        self.database_url = database_url
        self.public_url, self.sites_url = free_address(), free_address()
        self.claude = Claude(keeps_bodies=True)
        self.twilio = Twilio(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            whatsapp_from=BOT,
            webhook_url=f"{self.public_url}/webhooks/whatsapp",
        )
        self.environment = self._environment(environment)
        self.programs = ProgramGroup(folder, self.environment)

    def start(self) -> "Stack":
        self.claude.start()
        self.twilio.start()
        self.start_web()
        self.start_worker()
        return self

    def stop(self) -> None:
        self.programs.stop()
        self.twilio.stop()
        self.claude.stop()

    def start_web(self) -> None:
        binds = [urlsplit(url).netloc for url in (self.public_url, self.sites_url)]
        listen = [part for bind in binds for part in ("--bind", bind)]
        self.programs.start("web", [*WEB_COMMAND, *listen, "bot.wsgi:create_app()"])
        eventually(lambda: answers(f"{self.public_url}/ready"), "the web process is ready")

    def start_worker(self, name: str = "worker") -> Program:
        return self.programs.start(name, [sys.executable, "-m", "bot.cli.main", "worker"])

    def slow_model(self, seconds: float, role: str | None = None) -> None:
        """Let the model wait before each answer, or before those to one role."""
        delay = Delay(before=seconds, role=role).model_dump_json().encode()
        urlopen(Request(f"{self.claude.url}/delay", delay, method="POST")).close()

    def fail_model(self, fault: FaultKind, role: str, *, times: int = 1) -> None:
        """Let the next calls of a role fail."""
        self.claude.faults.add([Fault(fault=fault, role=role, times=times)])

    def model_calls(self) -> list[dict[str, Any]]:
        """The stand-in's journal of calls."""
        return self.claude.journal.as_json()

    def phone(self, number: str | None = None) -> Phone:
        """A person's phone; a new person unless a number is given."""
        return Phone(self.twilio.url, f"whatsapp:{number or '+1555' + digits(7)}")

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """What the database says."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TWILIO", "LOGFIRE"))}
        return {
            **inherited,
            "DATABASE_URL": self.database_url,
            "PUBLIC_BASE_URL": self.public_url,
            "SITES_BASE_URL": self.sites_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_WHATSAPP_FROM": BOT,
            "TWILIO_BASE_URL": self.twilio.url,
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


def eventually(look: Callable[[], T], what: str, *, seconds: float = 30.0) -> T:
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
        urlopen(url, timeout=5).close()
    except (URLError, OSError):
        return False
    return True


def free_address() -> str:
    """An address on loopback where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def digits(count: int) -> str:
    """Random decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))
