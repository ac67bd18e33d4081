"""How much more memory a process takes while something is done to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

PAUSE = 0.01  # seconds between two looks


@contextmanager
def growth_of(pid: int, *, with_children: bool = False) -> Iterator[list[int]]:
    """Notes how many bytes more than at the beginning the process holds, many times a second.

    With its children it is what they hold together, also those that come and go meanwhile.
    """
    process = psutil.Process(pid)

    def held() -> int:
        children = process.children(recursive=True) if with_children else []
        return sum(_bytes_of(one) for one in (process, *children))

    before = held()
    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(PAUSE):
            seen.append(held() - before)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def _bytes_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
