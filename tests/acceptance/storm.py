"""A storm: users write at random while worker, web process and PostgreSQL are killed in turn.

    python -m tests.acceptance.storm [--users 100] [--seconds 300] [--seed 1]

Afterwards everything is to be as promised: see `bot.verification`, and `Storm.aftermath`.
"""

import argparse
import itertools
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg

from bot.database import embedded
from bot.database.migrate import migrate
from bot.sandbox.twilio.phone.client import MessageNotDelivered, Phone, PhoneUnreachable
from bot.verification.promises import check_promises
from tests.acceptance.stack import Stack, digits
from tests.emptying import await_quiet

WORDS = (
    *["Build me a counter", "Build me a todo app", "Build me a quiz, but ask me first"] * 2,
    *["Make it green", "Change the title to Groceries", "2", "just as you like"] * 2,
    *["stop", "stop", "try again", "status", "undo", "projects", "open 1", "start", "hello"],
)
FORGET = ("forget me", "yes")
WORKERS = ("worker", "worker-2")
KILLED_EVERY = 7.0  # seconds
DOWN = 0.5  # seconds until what was killed comes back
PATIENCE = 20.0  # seconds a user, for all that is left to do after the storm


@dataclass
class User:
    """Somebody who writes; `forgets` tells whether they ask now and then to be forgotten."""

    phone: Phone
    forgets: bool
    dice: random.Random
    said: list[str] = field(default_factory=list)

    def write(self, over: threading.Event, pause: tuple[float, float]) -> None:
        """Say something now and then until the storm is over."""
        while not over.wait(self.dice.uniform(*pause)):
            asks_to_be_forgotten = self.forgets and self.dice.random() < 0.2
            for words in FORGET if asks_to_be_forgotten else (self.dice.choice(WORDS),):
                try:
                    self.said.append(self.phone.say(words))
                except (MessageNotDelivered, PhoneUnreachable):
                    continue  # Twilio has it, and catching up will bring it


class Storm:
    """On a system and a server of its own."""

    def __init__(self, stack: Stack, server: Path, *, users: int, seed: int) -> None:
        self._stack = stack
        self._server = server
        self._dice = random.Random(seed)
        self.kills = 0
        self.users = [
            User(stack.phone("+1555" + digits(7)), number % 2 == 1, random.Random(seed + number))
            for number in range(users)
        ]

    def rage(self, seconds: float, *, pause: tuple[float, float]) -> None:
        """Let everybody write, each after another `pause` in seconds, and kill what runs.

        It goes on for so many seconds, and until each has been killed.
        """
        over = threading.Event()
        with ThreadPoolExecutor(len(self.users)) as crowd:
            writing = [crowd.submit(user.write, over, pause) for user in self.users]
            deadline = time.monotonic() + seconds
            victims = (self._kill_worker, self._kill_web, self._kill_server)
            for victim in itertools.cycle(victims):
                if time.monotonic() > deadline and self.kills >= len(victims):
                    break
                victim()
                self.kills += 1
                over.wait(self._dice.uniform(KILLED_EVERY / 2, KILLED_EVERY))
            over.set()
            for each in writing:
                each.result()

    def aftermath(self) -> list[str]:
        """What is not as it should be once everything has come to rest, each in a line."""
        self._stack.reconcile()
        url, patience = self._stack.database_url, PATIENCE * len(self.users)
        deadline = time.monotonic() + patience
        while True:
            await_quiet(url, patience)
            broken = self._broken_promises() + self._lost() + self._sent_twice()
            if not broken or time.monotonic() > deadline:
                return broken
            time.sleep(1)

    def _broken_promises(self) -> list[str]:
        with psycopg.connect(self._stack.database_url) as connection:
            promises = check_promises(connection, grace=timedelta())
        return [
            f"{promise.name}: {fault.id}: {fault.fault}"
            for promise in promises
            for fault in promise.faults
        ]

    def _lost(self) -> list[str]:
        """What was said to us, by users who were never forgotten, and is not known here."""
        known = {row["message_sid"] for row in self._stack.rows("SELECT * FROM inbound_message")}
        return [
            f"lost: {message.body!r}"
            for user in self.users
            if not user.forgets
            for message in user.phone.messages()
            if message.direction == "inbound" and message.sid not in known
        ]

    def _sent_twice(self) -> list[str]:
        """What such users got without our knowing: it went out again under another id."""
        known = {
            row["sid"]
            for row in self._stack.rows(
                "SELECT provider_sid AS sid FROM outbox UNION SELECT provider_sid FROM former_sid"
            )
        }
        return [
            f"sent twice: {message.body!r}"
            for user in self.users
            if not user.forgets
            for message in user.phone.messages()
            if message.direction == "outbound" and message.sid not in known
        ]

    def _kill_worker(self) -> None:
        name = self._dice.choice(WORKERS)
        self._stack.disturb().kill(name)
        time.sleep(DOWN)
        self._stack.start_worker(name)

    def _kill_web(self) -> None:
        self._stack.disturb().kill("web")
        time.sleep(DOWN)
        self._stack.start_web()

    def _kill_server(self) -> None:
        pid_file = self._server / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        time.sleep(DOWN)
        embedded.start(self._server)


@contextmanager
def storm(*, users: int, seed: int) -> Iterator[Storm]:
    """A storm that has not broken out yet."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root the server runs under another account
        url = embedded.start(folder / "postgres")
        try:
            migrate(url)
            stack = Stack(url, folder / "logs")
            stack.start()
            try:
                stack.start_worker(WORKERS[1])
                yield Storm(stack, folder / "postgres", users=users, seed=seed)
            finally:
                stack.stop()
        finally:
            embedded.release(folder / "postgres")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with storm(users=options.users, seed=options.seed) as raging:
        raging.rage(options.seconds, pause=(options.users / 10, options.users / 2.5))
        print(f"{raging.kills} kills, {sum(len(one.said) for one in raging.users)} messages taken")
        broken = raging.aftermath()
    print("\n".join(broken) or "Everything is as promised.")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
