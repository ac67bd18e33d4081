"""An answer that many pages show and that is asked for now and then: stale while revalidated."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedAnswer(Generic[T]):
    """What `ask` answers, for `seconds`; then one of many threads asks again.

    The others get the old answer meanwhile. What `ask` raises goes to the thread that asked.
    """

    def __init__(self, ask: Callable[[], T], *, seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asking = Lock()
        self._answered: tuple[float, T] | None = None

    def look(self) -> T:
        """The answer. Only for the first one all threads wait."""
        known = self._answered
        if known is not None and (self._is_new(known) or not self._asking.acquire(blocking=False)):
            return known[1]
        if known is None:
            self._asking.acquire()
        try:
            known = self._answered
            if known is None or not self._is_new(known):
                known = self._answered = (monotonic(), self._ask())
            return known[1]
        finally:
            self._asking.release()

    def _is_new(self, known: tuple[float, T]) -> bool:
        return monotonic() - known[0] <= self._seconds
