"""How much more memory a process takes while something is done to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

PAUSE = 0.01  # seconds between two looks


@contextmanager
def growth_of(pid: int) -> Iterator[list[int]]:
    """Notes how many bytes more than at the beginning the process holds, many times a second."""
    process = psutil.Process(pid)
    before = process.memory_info().rss
    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(PAUSE):
            seen.append(process.memory_info().rss - before)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
