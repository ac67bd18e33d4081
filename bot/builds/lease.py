"""The lease of a build: the fence that lets only one run write.

A run takes it by writing its own id into the build's `owner`. Whatever it stores, it stores in a
`Lease.transaction`, which fails once another run has taken the build or it was stopped. So a worker
that was frozen and comes back can change nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row
from psycopg_pool import AsyncConnectionPool

from bot.builds.builds import Build
from bot.errors import OwnershipLost
from bot.languages.i18n import speak
from bot.languages.locales import SOURCE
from bot.model.budgets import release_of_earlier_runs
from telemetry.named_sql import statements

SQL = statements("bot.builds", "lease.sql")


class Lease:
    """The right of one run to write about one build."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection], build_id: UUID) -> None:
        self.owner = uuid4()
        self._pool = pool
        self._build_id = build_id

    async def acquire(self) -> Build | None:
        """Become the owner; None if the build has ended already.

        The calls of the run before are over: what they held of the budgets is given back.
        """
        async with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(row_factory=class_row(Build)) as cursor,
        ):
            values = {"build_id": self._build_id, "owner": self.owner, "source_language": SOURCE}
            await cursor.execute(SQL["claim_build"], values)
            build = await cursor.fetchone()
            if build is not None:
                await release_of_earlier_runs(connection, build.request_id)
            return build

    @asynccontextmanager
    async def transaction(self, *, makes_progress: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction in which this run is the owner until it commits.

        From there on it speaks its user's language as that is by now: builds take long.
        One that `makes_progress` stores a turn: the count of attempts without any starts again.
        Raises `OwnershipLost` if it no longer is.
        """
        holding = "hold_build_with_progress" if makes_progress else "hold_build"
        async with self._held(holding) as (connection, _):
            yield connection

    @asynccontextmanager
    async def transaction_with_news(self) -> AsyncIterator[tuple[AsyncConnection, bool]]:
        """The same, and whether the user has asked for changes that nobody has read."""
        async with self._held("hold_build") as (connection, has_changes):
            yield connection, has_changes

    @asynccontextmanager
    async def _held(self, statement: str) -> AsyncIterator[tuple[AsyncConnection, bool]]:
        async with self._pool.connection() as connection, connection.transaction():
            row = await self._find(connection, statement)
            if row is None:
                raise OwnershipLost
            has_changes, language = row
            speak(language)
            yield connection, has_changes

    async def attempts(self) -> int:
        """How often the build was claimed since the last stored turn, by now.

        Raises `OwnershipLost` if this run is the owner no longer.
        """
        async with self._pool.connection() as connection:
            row = await self._find(connection, "count_attempts")
        if row is None:
            raise OwnershipLost
        return int(row[0])

    async def is_lost(self) -> bool:
        """Whether another run owns the build now, or it was stopped."""
        async with self._pool.connection() as connection:
            return await self._find(connection, "is_owner") is None

    async def _find(self, connection: AsyncConnection, statement: str) -> TupleRow | None:
        ids = {"build_id": self._build_id, "owner": self.owner}
        cursor = await connection.execute(SQL[statement], ids)
        return await cursor.fetchone()
