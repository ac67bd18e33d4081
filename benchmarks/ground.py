"""What benchmarks stand on: a database server of their own, and systems that run against it."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from bot.database import embedded
from bot.database.migrate import migrate
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import Stack, announced
from tests.databases import named


@contextmanager
def own_server() -> Iterator[str]:
    """An embedded server on this machine's disk, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="textcrew-benchmark-"))
    folder.chmod(0o711)  # as root the server runs under another account
    try:
        yield embedded.start(folder / "postgres")
    finally:
        embedded.release(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(server: str) -> str:
    """A migrated database on the server."""
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = named(server, name)
    migrate(url)
    return url


@contextmanager
def prepared_stack(server: str, **environment: str) -> Iterator[Stack]:
    """A system with a database of its own, of which only the stand-ins run."""
    with _stack(server, environment) as stack:
        stack.claude.start()
        stack.twilio.start()
        yield stack


@contextmanager
def running_stack(server: str, **environment: str) -> Iterator[Stack]:
    """A whole system with a database of its own, whose worker takes jobs."""
    with _stack(server, environment) as stack:
        stack.start()
        stack.await_worker()
        yield stack


@contextmanager
def _stack(server: str, environment: dict[str, str]) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="textcrew-") as folder:
        stack = Stack(fresh_database(server), Path(folder), **environment)
        try:
            yield stack
        finally:
            stack.stop()


def ask_for_app(phone: Phone) -> None:
    """Let a user ask for the app that most benchmarks have built."""
    phone.say("Build me a counter")


def build_app(stack: Stack) -> None:
    """Let a new user have it built, to the end."""
    phone = stack.phone()
    ask_for_app(phone)
    phone.wait_for(announced, 180)
