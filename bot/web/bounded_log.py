"""A log for what anybody can make happen as often as they like."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from time import monotonic

INTERVAL = 60.0  # seconds between two lines of the log

log = logging.getLogger(__name__)


class BoundedLog:
    """Says how often what has happened: the first time at once, then at most every `INTERVAL`.

    What is noted must be of few kinds. What came after the last line waits for the next one.
    """

    def __init__(self, sentence: str, *, clock: Callable[[], float] = monotonic) -> None:
        self._sentence = sentence
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._said_at: float | None = None

    def note(self, what: str) -> None:
        """Count one more, and say it if it is time."""
        with self._lock:
            self._counts[what] += 1
            now = self._clock()
            if self._said_at is not None and now - self._said_at < INTERVAL:
                return
            counted = ", ".join(f"{count} x {kind}" for kind, count in self._counts.most_common())
            self._counts.clear()
            self._said_at = now
        # In an empty context, because it tells of many requests and belongs to none.
        Context().run(log.warning, "%s: %s", self._sentence, counted)
