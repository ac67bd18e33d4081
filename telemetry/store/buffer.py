"""Between the work, which never waits, and the thread that writes."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan

from telemetry.metrics import record_lost_records

CAPACITY = 10_000  # spans, each of some 3 kB
BATCH = 1_000  # spans that are written together


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A span that had begun, with the attributes that it began with."""

    span: ReadableSpan
    attributes: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is to be written next."""

    begun: list[Begun] = field(default_factory=list)
    ended: list[ReadableSpan] = field(default_factory=list)
    measured: list[MetricsData] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.begun) + len(self.ended) + len(self.measured)


class Buffer:
    """Takes in from any thread; what does not fit is lost and counted.

    The beginning of a span that ends before the next batch is taken is not worth a row.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._enough = min(BATCH, capacity // 2)
        self._changed = threading.Condition()
        self._begun: dict[int, Begun] = {}
        self._ended: list[ReadableSpan] = []
        self._measured: list[MetricsData] = []
        self._in_hand = 0
        self._rushed = False
        self.lost = 0

    def begin(self, span: ReadableSpan, span_id: int, attributes: Mapping[str, Any]) -> None:
        """Take in the beginning of a span; without room for it, its end will tell as much."""
        with self._changed:
            if self._waiting() + self._in_hand < self._capacity:
                self._begun[span_id] = Begun(span=span, attributes=attributes)
                self._note()

    def end(self, span: ReadableSpan, span_id: int) -> None:
        """Take in an ended span."""
        with self._changed:
            self._begun.pop(span_id, None)
            if self._has_room():
                self._ended.append(span)
                self._note()

    def measure(self, data: MetricsData) -> None:
        """Take in what was measured."""
        with self._changed:
            if self._has_room():
                self._measured.append(data)
                self._note()

    def take(self, *, linger: float) -> Batch:
        """Wait until there is something, `linger` seconds more for company, and hand out a batch.

        Company is not waited for when there is enough or somebody waits in `drained`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting() > 0)
            self._changed.wait_for(lambda: self._rushed or self._waiting() >= self._enough, linger)
            batch = Batch(
                begun=list(self._begun.values()),
                ended=self._ended[:BATCH],
                measured=self._measured,
            )
            self._begun, self._ended, self._measured = {}, self._ended[BATCH:], []
            self._in_hand = len(batch)
            return batch

    def done(self, *, lost: int = 0) -> None:
        """Say that the last batch is dealt with; `lost` of it could not be written."""
        with self._changed:
            self._in_hand = 0
            if lost:
                self._count(lost)
            if not self._waiting():
                self._rushed = False
            self._changed.notify_all()

    def drained(self, seconds: float) -> bool:
        """Wait until everything is written, for at most `seconds`; tells whether it is."""
        deadline = time.monotonic() + seconds
        with self._changed:
            if self._waiting() or self._in_hand:
                self._rushed = True
                self._changed.notify_all()
            return self._changed.wait_for(
                lambda: not self._waiting() and not self._in_hand,
                max(0.0, deadline - time.monotonic()),
            )

    def _waiting(self) -> int:
        return len(self._begun) + len(self._ended) + len(self._measured)

    def _has_room(self) -> bool:
        if self._waiting() + self._in_hand < self._capacity:
            return True
        self._count(1)
        return False

    def _count(self, lost: int) -> None:
        self.lost += lost
        record_lost_records(lost)

    def _note(self) -> None:
        if self._waiting() in (1, self._enough):
            self._changed.notify_all()
