"""Running systems that tests borrow: starting one takes seconds, emptying one does not."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from tests.acceptance.stack import Stack

KEPT_IDLE = 2
OF_ONE_TEST = {
    "LOGFIRE_BASE_URL",
    "RECORDS_DATABASE_URL",
}  # settings that lead to something that ends with the test


class NewDatabase(Protocol):
    """Makes a migrated database and yields its URL."""

    def __call__(self) -> AbstractContextManager[str]: ...


class Lender:
    """Keeps systems that no test uses at present, by their settings."""

    def __init__(self, new_database: NewDatabase, folder: Path) -> None:
        self._new_database = new_database
        self._folder = folder
        self._numbers = itertools.count(1)
        self._idle: list[tuple[Mapping[str, str], Stack, ExitStack]] = []

    @contextmanager
    def lend(self, settings: Mapping[str, str]) -> Iterator[Stack]:
        """A running system without a user in it; one that was disturbed is not lent again."""
        stack, ending = self._take(settings) or self._start(settings)
        try:
            yield stack
        finally:
            with ending:  # unless it can be kept
                if settings.keys().isdisjoint(OF_ONE_TEST) and stack.empty():
                    self._keep(settings, stack, ending.pop_all())

    def close(self) -> None:
        """Stop all."""
        for _, _, ending in self._idle:
            ending.close()
        self._idle.clear()

    def _take(self, settings: Mapping[str, str]) -> tuple[Stack, ExitStack] | None:
        for number, (known, stack, ending) in enumerate(self._idle):
            if known == settings:
                del self._idle[number]
                return stack, ending
        return None

    def _start(self, settings: Mapping[str, str]) -> tuple[Stack, ExitStack]:
        with ExitStack() as opened:
            url = opened.enter_context(self._new_database())
            stack = Stack(url, self._folder / str(next(self._numbers)), **settings)
            opened.callback(stack.stop)
            stack.start()
            return stack, opened.pop_all()

    def _keep(self, settings: Mapping[str, str], stack: Stack, ending: ExitStack) -> None:
        self._idle.append((settings, stack, ending))
        while len(self._idle) > KEPT_IDLE:
            _, _, oldest = self._idle.pop(0)
            oldest.close()
