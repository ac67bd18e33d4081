"""What an app's visitors have left, for its owner: counted, cleared, and brought back.

It belongs to the project and outlives versions. What is cleared is set aside for as long as the
settings say, so that clearing by mistake loses nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.collections.documents import lock_documents
from bot.collections.room import MAX_BYTES, MAX_DOCUMENTS, Taken
from bot.errors import DocumentRefused
from telemetry.named_sql import statements

SQL = statements("bot.collections", "visitor_data.sql")

TIMES_KEPT = 3  # clearings of a project that can be brought back, one after the other
# What is brought back may come to what was left meanwhile, but not without a bound.
RESTORED_QUOTAS = 2


@dataclass(frozen=True, kw_only=True)
class VisitorDocuments:
    """How many documents visitors have left, by collection, and how much of the room they take."""

    counts: dict[str, int]
    taken: Taken

    @property
    def documents(self) -> int:
        """How many, of all collections."""
        return self.taken.documents


async def count_documents(connection: AsyncConnection, project_id: UUID) -> VisitorDocuments:
    """How many documents visitors have left in a project, and what they take."""
    cursor = await connection.execute(SQL["count_documents"], {"project_id": project_id})
    rows = await cursor.fetchall()
    counts = {collection: documents for collection, documents, _ in rows}
    size = sum(size for _, _, size in rows)
    return VisitorDocuments(counts=counts, taken=Taken(documents=sum(counts.values()), size=size))


async def can_restore(connection: AsyncConnection, project_id: UUID, kept: timedelta) -> bool:
    """Whether something was cleared that is still kept."""
    key = {"project_id": project_id, "kept": kept}
    return await (await connection.execute(SQL["find_cleared"], key)).fetchone() is not None


async def ask_to_clear(connection: AsyncConnection, project_id: UUID) -> None:
    """Note that the owner was asked whether they are sure."""
    await connection.execute(SQL["ask_to_clear"], {"project_id": project_id})


async def withdraw_clearing(
    connection: AsyncConnection, request_id: UUID, *, project_id: UUID | None = None
) -> None:
    """Note that they are not, as they said in this request.

    Of that project, else whichever of theirs it was about.
    """
    await connection.execute(
        SQL["withdraw_clearing"], {"request_id": request_id, "project_id": project_id}
    )


async def may_be_cleared(connection: AsyncConnection, project_id: UUID, request_id: UUID) -> bool:
    """Whether the owner was asked in the ten minutes before the request."""
    key = {"project_id": project_id, "request_id": request_id}
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["may_be_cleared"], key)
        return bool(await cursor.fetchone())


async def clear(connection: AsyncConnection, project_id: UUID) -> int:
    """Set all documents aside; returns how many."""
    key = {"project_id": project_id}
    async with connection.transaction():
        await lock_documents(connection, project_id)
        await connection.execute(SQL["note_emptied"], key)
        cleared = (await connection.execute(SQL["clear"], key)).rowcount
        await connection.execute(SQL["drop_former"], key | {"times": TIMES_KEPT})
    return cleared


async def restore(connection: AsyncConnection, project_id: UUID, kept: timedelta) -> int:
    """Bring back what was cleared last, if that is not longer ago than `kept`; returns how much.

    Raises `DocumentRefused` where that is too much beside what was left since.
    """
    key = {"project_id": project_id}
    async with connection.transaction():
        await lock_documents(connection, project_id)
        cursor = await connection.execute(SQL["find_cleared"], key | {"kept": kept})
        row = await cursor.fetchone()
        if row is None:
            return 0
        cleared_at, count, size, count_now, size_now = row
        if (
            count + count_now > RESTORED_QUOTAS * MAX_DOCUMENTS
            or size + size_now > RESTORED_QUOTAS * MAX_BYTES
        ):
            raise DocumentRefused("There is too much to bring it back as well.", 507)
        return (await connection.execute(SQL["restore"], key | {"cleared_at": cleared_at})).rowcount
