"""Sends what is buffered without waiting longer than asked."""

import threading
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
        threading.Thread(target=self._serve, name="telemetry flush", daemon=True).start()

    def flush(self, seconds: float) -> bool:
        """Flush for at most that long. Tells whether it was done by then."""
        done = threading.Event()
        self._requests.put((seconds, done))
        return done.wait(seconds)

    def _serve(self) -> None:
        while True:
            seconds, done = self._requests.get()
            logfire.force_flush(timeout_millis=int(seconds * 1000))
            done.set()
