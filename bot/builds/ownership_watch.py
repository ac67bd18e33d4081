"""Work that ends at once when its build is stopped or taken over by another worker."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import scalar_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.builds.lease import Lease
from bot.cancellation import end
from bot.errors import OwnershipLost
from telemetry.named_sql import statements

SQL = statements("bot.builds", "ownership_watch.sql")

T = TypeVar("T")

log = logging.getLogger(__name__)

WATCH_INTERVAL = 1.0  # seconds between two looks at the rows of the builds


class OwnershipWatch:
    """Looks once a second at all builds in this process's hands, with one statement.

    Who waits for a loss waits for a future, not for a connection, and may be cancelled at any time.
    """

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection]) -> None:
        self._pool = pool
        self._waiting: dict[UUID, set[asyncio.Future[None]]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def until_lost(self, owner: UUID) -> None:
        """Return when the run `owner` owns no running build any more.

        Raises what the database says when it cannot be asked.
        """
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, set()).add(lost)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._note_end)
        try:
            await lost
        finally:
            self._waiting[owner].discard(lost)
            if not self._waiting[owner]:
                del self._waiting[owner]

    async def _look(self) -> None:
        """Look until nobody waits. Who begins to wait has just looked."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            if not (asked := list(self._waiting)):
                return
            try:
                owning = await self._owning(asked)
            except (psycopg.Error, PoolTimeout) as error:
                self._tell(asked, error)
            else:
                self._tell([owner for owner in asked if owner not in owning], None)

    def _note_end(self, looking: asyncio.Task[None]) -> None:
        """Let nobody wait for a watcher that is no more; the next one who waits begins another."""
        if looking.cancelled():
            for lost in [lost for waiting in self._waiting.values() for lost in waiting]:
                lost.cancel()
        elif isinstance(error := looking.exception(), Exception):
            log.error("nobody watched the builds any more: %s", type(error).__name__)
            self._tell(list(self._waiting), error)

    async def _owning(self, owners: list[UUID]) -> set[UUID]:
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=scalar_row) as cursor,
        ):
            await cursor.execute(SQL["find_owning"], {"owners": owners})
            return set(await cursor.fetchall())

    def _tell(self, owners: list[UUID], error: Exception | None) -> None:
        for lost in [lost for owner in owners for lost in self._waiting.get(owner, ())]:
            if lost.done():
                continue
            if error is None:
                lost.set_result(None)
            else:
                lost.set_exception(error)


async def while_leased(lease: Lease, watch: OwnershipWatch, work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; cancel it and raise `OwnershipLost` when the lease is lost meanwhile.

    Cancelling a model call closes its connection, so a stopped build stops costing money.
    """
    if await lease.is_lost():  # so that nothing is begun that is over already
        work.close()
        raise OwnershipLost
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(watch.until_lost(lease.owner))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        watching.result()
        raise OwnershipLost
    finally:
        await end(working, watching)
