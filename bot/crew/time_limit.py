"""How long an agent may work. What it waits for others to finish is none of its time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

_current: ContextVar[asyncio.Timeout | None] = ContextVar("time_limit", default=None)


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Raise `TimeoutError` out of work that takes longer, but for what is `not_counted` in it."""
    async with asyncio.timeout(seconds) as limit:
        token = _current.set(limit)
        try:
            yield limit
        finally:
            _current.reset(token)


@contextmanager
def not_counted() -> Iterator[None]:
    """Let the time limit stand still meanwhile, if the work that waits has one."""
    limit = _current.get()
    end = limit.when() if limit else None
    if limit is None or end is None:
        yield
        return
    now = asyncio.get_running_loop().time
    began = now()
    limit.reschedule(None)
    try:
        yield
    finally:
        limit.reschedule(end + now() - began)
