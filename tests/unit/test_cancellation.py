"""A task that is cancelled ends, also one that swallows its cancellation."""

import asyncio
from contextlib import suppress

import pytest

from bot.cancellation import end

pytestmark = pytest.mark.anyio


@pytest.mark.lengthy
async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        swallowed += 1
        await asyncio.sleep(60)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await end(task)

    assert task.cancelled()
    assert swallowed == 1


async def test_what_a_task_raises_while_it_ends_stays_with_it() -> None:
    async def failing() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ZeroDivisionError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)

    await end(task)

    assert isinstance(task.exception(), ZeroDivisionError)
