"""When a worker that only converses takes in another message: as soon as it has caught up.

Of many messages at once each would be worked on a little, and all be answered at the end. Taken in
only while nothing that was begun waits for the database, they are answered one after the other:
who wrote first has to wait for nobody. What is left in the queue another worker may take.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias

from procrastinate.jobs import Job
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.jobs.lanes import CONVERSATION_QUEUE

LOOK_AGAIN = 0.01  # seconds
LONGEST = 0.2  # seconds that a message is held back, lest deliveries without end keep it waiting

IsBehind: TypeAlias = Callable[[], bool]
Fetch: TypeAlias = Callable[[Collection[str]], Awaitable[Job | None]]


async def fetch_in_turn(fetch: Fetch, queues: Collection[str], is_behind: IsBehind) -> Job | None:
    """Take the next job of the queues, but no new message while the worker is behind."""
    if CONVERSATION_QUEUE in queues:
        others = [queue for queue in queues if queue != CONVERSATION_QUEUE]
        give_up_at = time.monotonic() + LONGEST
        while is_behind() and time.monotonic() < give_up_at:
            if (job := await fetch(others)) is not None:
                return job
            await asyncio.sleep(LOOK_AGAIN)
    return await fetch(queues)


def waits_for_connection(pool: AsyncConnectionPool[AsyncConnection]) -> bool:
    """Whether anything in this process waits for a connection of the pool."""
    return pool.get_stats().get("requests_waiting", 0) > 0
