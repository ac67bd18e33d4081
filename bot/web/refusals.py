"""Counts the requests that were refused before anybody was known, and logs them at a bounded rate.

Anybody can have as many requests refused as they like, so each of them is counted in a metric and
none is a line or a row of its own.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from time import monotonic

from flask import Response, request

from telemetry import callers, metrics

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
            told = ", ".join(f"{count} x {kind}" for kind, count in self._counts.most_common())
            self._counts.clear()
            self._said_at = now
        # In an empty context, because it tells of many requests and belongs to none.
        Context().run(log.warning, "%s: %s", self._sentence, told)


class Refusals:
    """Takes note of the answers of this process to strangers."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._log = BoundedLog("refused before anybody was known", clock=clock)

    def note(self, route: str, status: int) -> None:
        """A request was answered with `status`; `route` is one of few, never a path as it came."""
        metrics.record_refused_request(route=route, status=status)
        self._log.note(f"{status} at {route}")

    def look_at(self, response: Response) -> Response:
        """Note what Flask is about to answer, if it refuses somebody unknown."""
        if 400 <= response.status_code < 500 and callers.is_unknown():
            route = request.url_rule.rule if request.url_rule else "unmatched"
            self.note(route, response.status_code)
        return response
