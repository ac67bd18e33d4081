"""The end of what is known of a user.

Once they have confirmed it, everything is deleted in one transaction but their contact and the
request in which they said so: the goodbye needs an address. When it is out, these go too. What
stays is the time and a keyed hash of each address and ExternalUserId: Twilio still lists what they
sent, and catching up must take in nothing from before (`bot.intake.reconcile`); who comes back is
somebody new, under another id, to whom counts until the day (UTC) ends what they had spent of it.
Telemetry keeps a keyed hash that nothing leads to any more.
"""

from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.collections.visitor_data import withdraw_clearing
from bot.intake.ending_builds import end_builds
from bot.intake.reconcile import LONGEST_LOOK
from bot.projects.deployments import Deployment, deployments_of_user
from bot.requests.closing import close_if_finished, close_others
from telemetry.named_sql import statements

SQL = statements("bot.intake", "forget_user.sql")


async def ask_to_forget(connection: AsyncConnection, user_id: str) -> None:
    """Note that the user was asked whether they are sure."""
    await connection.execute(SQL["ask_to_forget"], {"user_id": user_id})


async def withdraw_forget_question(connection: AsyncConnection, request_id: UUID) -> None:
    """Note that they are not sure, as they said in this request."""
    await connection.execute(SQL["withdraw_forget_question"], {"request_id": request_id})


async def withdraw_deletion_questions(connection: AsyncConnection, request_id: UUID) -> None:
    """Let it be asked no more whether something shall be deleted: a yes deletes nothing then.

    What was asked only after the user had written this request stays open: it may be read late.
    """
    await withdraw_forget_question(connection, request_id)
    await withdraw_clearing(connection, request_id)


async def may_be_forgotten(connection: AsyncConnection, request_id: UUID) -> bool:
    """Whether the user was asked in the ten minutes before the request."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["may_be_forgotten"], {"request_id": request_id})
        return bool(await cursor.fetchone())


async def erase_user(
    connection: AsyncConnection, *, user_id: str, request_id: UUID
) -> list[Deployment]:
    """Stop what runs for the user, take down their apps, and delete all but this request.

    Returns the copies at other services, which stay. The traces of the requests that are deleted
    open end here, and tell nothing that the user said: nobody could end them later.
    """
    await end_builds(connection, user_id=user_id, request_id=request_id)
    copies = await deployments_of_user(connection, user_id)
    closed = await close_others(connection, user_id, request_id)
    await forget_user(connection, user_id, request_id)
    for request in closed:
        request.emit_root()
        request.record_cost()
    return copies


async def forget_user(connection: AsyncConnection, user_id: str, request_id: UUID) -> None:
    """Delete everything of the user but their contact and this request."""
    await connection.execute(SQL["forget_user"], {"user_id": user_id, "request_id": request_id})


async def finish_forgetting(connection: AsyncConnection) -> int:
    """Delete what is left of those whose goodbye is out or given up; returns how many they were."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        async with connection.transaction():
            await cursor.execute(SQL["give_up_goodbyes"])
            await cursor.execute(SQL["list_open_goodbyes"])
            for request_id in await cursor.fetchall():
                await close_if_finished(connection, request_id)
        await cursor.execute(SQL["finish_forgetting"])
        return int(await cursor.fetchone() or 0)


async def drop_what_was_kept(connection: AsyncConnection) -> int:
    """Delete what was kept of who was forgotten and has served its purpose; returns how many rows.

    That is what they had spent, when its day is over, and the notes of who they were, once Twilio's
    list is never looked at so far back.
    """
    spent = await connection.execute(SQL["drop_spending"])
    notes = await connection.execute(SQL["drop_notes"], {"longest_look": LONGEST_LOOK})
    early = await connection.execute(SQL["drop_early_status"])
    return spent.rowcount + notes.rowcount + early.rowcount
