"""A task that is cancelled ends, also one that swallows its cancellation."""

import asyncio
from contextlib import suppress

import pytest

from bot.cancellation import end, side_by_side

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


async def test_works_run_side_by_side_and_tell_in_their_order() -> None:
    met = asyncio.Barrier(2)

    async def work(result: str) -> str:
        await met.wait()
        return result

    assert await side_by_side(work("design"), work("data")) == ["design", "data"]


async def test_the_error_of_one_ends_the_others_and_is_what_is_raised() -> None:
    ended = asyncio.Event()

    async def waiting() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await side_by_side(waiting(), failing())
    assert ended.is_set()


async def test_one_that_is_put_aside_lets_the_others_come_to_their_end() -> None:
    ended = asyncio.Event()

    async def put_aside() -> None:
        raise asyncio.CancelledError

    async def working() -> None:
        await asyncio.sleep(0.01)
        ended.set()

    with pytest.raises(asyncio.CancelledError):
        await side_by_side(put_aside(), working())
    assert ended.is_set()


async def test_who_is_cancelled_ends_all_works() -> None:
    begun, ended = asyncio.Barrier(3), []

    async def work(name: str) -> None:
        await begun.wait()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(name)

    task = asyncio.create_task(side_by_side(work("a"), work("b")))
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["a", "b"]
