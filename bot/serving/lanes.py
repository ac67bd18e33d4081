"""Working threads, in lanes: who is kept busy in one lane keeps nobody waiting in another."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore

from bot.serving.connection import HttpResponse


class Lane:
    """Some threads, and a queue before them in which so many requests may wait."""

    def __init__(self, name: str, threads: int, queue: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = BoundedSemaphore(threads + queue)

    def run(
        self, work: Callable[[], HttpResponse], done: Callable[[Future[HttpResponse]], None]
    ) -> bool:
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
