"""How often something may be asked for: so many times a minute for each key, in this process."""

import hashlib
import secrets
import threading
import time

WINDOW = 60.0  # seconds
MAX_KEYS = 50_000  # in memory at once; beyond, who came once and longest ago is forgotten


class RateLimiter:
    """Counts within minutes that follow one another. Each web process counts for itself.

    A full table keeps nobody out: it forgets those who came once before it forgets anybody who came
    again, so that a crowd of strangers makes nobody's count begin again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Keys are short whatever they stand for, and tell nobody's address.
        self._salt = secrets.token_bytes(16)
        self._once: dict[bytes, None] = {}
        self._counts: dict[bytes, int] = {}
        self._ends = 0.0

    def allow(self, *key: object, limit: int) -> bool:
        """Count one more for `key`; False if that is more than `limit` in this minute."""
        digest = hashlib.blake2b(repr(key).encode(), key=self._salt, digest_size=16).digest()
        now = time.monotonic()
        with self._lock:
            if now >= self._ends:
                self._once.clear()
                self._counts.clear()
                self._ends = now + WINDOW
            return self._count(digest) <= limit

    def _count(self, key: bytes) -> int:
        if key in self._once:
            del self._once[key]
            self._counts[key] = 1
        if key in self._counts:
            self._counts[key] += 1
            return self._counts[key]
        if len(self._once) + len(self._counts) >= MAX_KEYS:
            fuller = self._once or self._counts
            del fuller[next(iter(fuller))]
        self._once[key] = None
        return 1
