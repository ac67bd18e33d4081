"""Sends what is buffered without waiting longer than asked."""

import threading
import time
from queue import SimpleQueue

import logfire


class Flusher:
    """Flushes in a thread of its own.

    The exporters heed no timeout while a server keeps them waiting, so whoever waits for them must
    be able to leave them behind. The thread is made in advance, because from Python 3.12 on none
    may be started while the interpreter ends.
    """

    def __init__(self) -> None:
        self._requests: SimpleQueue[tuple[float, threading.Event]] = SimpleQueue()
        self._busy_since: float | None = None
        threading.Thread(target=self._serve, name="telemetry flush", daemon=True).start()

    def flush(self, seconds: float) -> bool:
        """Flush for at most that long. Tells whether it was done by then.

        Time that an unfinished flush has already taken counts, so that a process which flushes
        and then ends waits for a silent server once.
        """
        done = threading.Event()
        now = time.monotonic()
        deadline = (self._busy_since or now) + seconds
        self._requests.put((seconds, done))
        return done.wait(max(0.0, deadline - now))

    def _serve(self) -> None:
        while True:
            seconds, done = self._requests.get()
            self._busy_since = time.monotonic()
            logfire.force_flush(timeout_millis=int(seconds * 1000))
            self._busy_since = None
            done.set()
