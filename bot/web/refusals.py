"""Counts the requests that were refused before anybody was known, and logs them at a bounded rate.

Anybody can have as many requests refused as they like, so each of them is counted in a metric and
none is a line or a row of its own.
"""

from collections.abc import Callable
from time import monotonic

from flask import Response, request

from bot.web.bounded_log import BoundedLog
from telemetry import callers, metrics


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
