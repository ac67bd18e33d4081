"""Looks at the passwords that are shown to us; each wrong one of an address slows its next.

The next is not looked at before its time has come: it waits for that, or is sent away for now where
too many wait already. So trying many at once is no faster, and an operator who shares the address
with whoever tries comes in late and not never. Each web process counts for itself.
"""

import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.web.bounded_log import BoundedLog
from telemetry import metrics
from telemetry.callers import note_known

FIRST_WAIT = 0.5  # seconds after one wrong password; doubled with each that follows
LONGEST_WAIT = 8.0
FORGIVEN_AFTER = 900.0  # seconds without a wrong password after which an address begins again
ADDRESSES = 10_000  # remembered at once; beyond, the one that failed longest ago is forgotten
MOST_WAITING = (
    2  # requests of a process that wait at once; its other threads are for everybody else
)


@dataclass(frozen=True, kw_only=True)
class LoginResult:
    """Whether the password is right; `retry_after` (seconds) when it was not looked at."""

    is_right: bool
    retry_after: float | None = None


@dataclass
class _Failures:
    count: int
    last: float

    @property
    def until(self) -> float:
        return self.last + min(FIRST_WAIT * 2.0 ** min(self.count - 1, 10), LONGEST_WAIT)


class LoginThrottle:
    """One for each process. `clock` and `sleep` are in seconds."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._places_to_wait = threading.BoundedSemaphore(MOST_WAITING)
        self._log = BoundedLog("wrong passwords were shown", clock=clock)

    def check_password(self, shown: str, expected: str, *, address: str, route: str) -> LoginResult:
        """Compare what was shown at `route` from `address`; who shows nothing tries nothing."""
        if not shown:
            return LoginResult(is_right=False)
        verdict = self._compare(shown, expected, address)
        if verdict.retry_after is not None and self._places_to_wait.acquire(blocking=False):
            try:
                self._sleep(verdict.retry_after)
            finally:
                self._places_to_wait.release()
            verdict = self._compare(shown, expected, address)
        if verdict.is_right:
            note_known()
        elif verdict.retry_after is None:
            metrics.record_wrong_password(route=route)
            self._log.note(f"at {route}")
        return verdict

    def _compare(self, shown: str, expected: str, address: str) -> LoginResult:
        with self._lock:
            now = self._clock()
            known = self._failures.get(address)
            if known is not None and now < known.until:
                return LoginResult(is_right=False, retry_after=known.until - now)
            if hmac.compare_digest(shown.encode(), expected.encode()):
                self._failures.pop(address, None)
                return LoginResult(is_right=True)
            count = known.count if known is not None and now - known.last < FORGIVEN_AFTER else 0
            self._failures[address] = _Failures(count=count + 1, last=now)
            self._failures.move_to_end(address)
            if len(self._failures) > ADDRESSES:
                self._failures.popitem(last=False)
        return LoginResult(is_right=False)
