"""What may go well a moment later is done again at once, before anybody hears of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

REPEATED_AFTER = (0.5, 1.0)  # seconds


async def repeated(work: Callable[[], Awaitable[T]], is_passing: Callable[[Exception], bool]) -> T:
    """Do `work` once more, and a third time, while what it raises `is_passing`."""
    for seconds in REPEATED_AFTER:
        try:
            return await work()
        except Exception as error:
            if not is_passing(error):
                raise
        await asyncio.sleep(seconds)
    return await work()
