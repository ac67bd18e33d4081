"""Ends tasks for certain.

A task can swallow its cancellation: on Python 3.11 one that is cancelled just as it is handed a
connection by psycopg's pool does, because `asyncio.wait_for` gives back what has arrived
(https://github.com/python/cpython/issues/86296, gone in 3.12). Who cancels once and waits, waits
for ever.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")

CANCEL_AGAIN_SECONDS = 1.0


async def end(*tasks: "asyncio.Future[Any]", again: float = CANCEL_AGAIN_SECONDS) -> None:
    """Cancel the tasks every `again` seconds until all have ended.

    What they raise is left with them. A task that takes its time to end needs more than that.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=again)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # asked for, so that asyncio does not report it as forgotten


async def side_by_side(*works: Awaitable[T]) -> list[T]:
    """Await all of the works at once; their results in this order.

    The first error ends the other works too, and is raised. One that is cancelled by itself lets
    the others come to their own end first: they are asked to stop in the same way.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await end(*tasks)
    for task in (*done, *tasks):
        if not task.cancelled() and (error := task.exception()):
            raise error
    return [task.result() for task in tasks]
