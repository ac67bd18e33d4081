"""Pausing and resuming the intake or the sending.

While the intake is paused, webhooks are answered and messages stored, and none is read but a stop
(`bot.intake.held`); builds go on. While sending is paused, the outbox holds what is written.
"""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.delivery import idle_senders
from bot.errors import ActRefused
from bot.intake.held import release_held
from bot.operating.audit import Action, Operator, note
from bot.operating.pauses import SQL, Pausable


async def pause(connection: AsyncConnection, what: Pausable, by: Operator) -> None:
    """Stop the intake or the sending. Raises `ActRefused` where that is so already."""
    async with connection.transaction():
        cursor = await connection.execute(
            SQL["begin_pause"], {"what": what, "operator": by.name, "reason": by.reason}
        )
        if not cursor.rowcount:
            raise ActRefused(f"The {what} is paused already.")
        await note(connection, by, Action.PAUSE, what)


async def resume(connection: AsyncConnection, what: Pausable, by: Operator) -> None:
    """Let it go on; what has waited is taken up. Raises `ActRefused` where it is not paused."""
    async with connection.transaction():
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["end_pause"], {"what": what})
            if await cursor.fetchone() is None:
                raise ActRefused(f"The {what} is not paused.")
        await note(connection, by, Action.RESUME, what)
        if what == "intake":
            await release_held(connection)
        else:
            await idle_senders.wake_senders(connection, idle_seconds=0)
