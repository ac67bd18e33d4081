"""Working threads, in lanes: who is kept busy in one lane keeps nobody waiting in another."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore

from bot.serving.connection import Answer

QUEUE = 128  # requests that may wait in a lane; who comes then is told to come again


class Lane:
    """Some threads, and a queue before them that ends."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = BoundedSemaphore(threads + QUEUE)

    def run(self, work: Callable[[], Answer], done: Callable[[Future[Answer]], None]) -> bool:
        """Have `work` done and `done` told of it, both in a thread; False if the queue is full."""
        if not self._places.acquire(blocking=False):
            return False
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        future.add_done_callback(done)
        return True

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
