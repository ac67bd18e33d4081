"""How often something may be asked for: so many times a minute for each key, in this process."""

import threading
import time
from collections import Counter
from collections.abc import Hashable

WINDOW = 60.0  # seconds
MAX_KEYS = 50_000  # in memory at once; beyond, whoever is new has to wait for the next minute


class Rates:
    """Counts within minutes that follow one another. Each web process counts for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Hashable] = Counter()
        self._ends = 0.0

    def allow(self, key: Hashable, limit: int) -> bool:
        """Count one more for `key`; False if that is more than `limit` in this minute."""
        now = time.monotonic()
        with self._lock:
            if now >= self._ends:
                self._counts.clear()
                self._ends = now + WINDOW
            if key not in self._counts and len(self._counts) >= MAX_KEYS:
                return False
            self._counts[key] += 1
            return self._counts[key] <= limit
