"""The change list of a build: what a user wants different while it is made.

A change is put on the list while the build's row is locked, so its run stores nothing meanwhile:
either the agent that owns the code reads it, or it has ended already and the change is for the next
version. Reading is marked in the transaction that stores the turn with whose results it is read.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.builds.builds import create_build
from bot.builds.phases import CHANGE
from bot.projects import requirements
from telemetry.named_sql import statements

SQL = statements("bot.builds", "change_requests.sql")

When = Literal["now", "next"]


@dataclass(frozen=True, kw_only=True)
class ChangeRequest:
    """What a user wrote, and the request of that message."""

    request_id: UUID
    body: str


async def add_change(
    connection: AsyncConnection,
    *,
    project_id: UUID,
    user_id: str,
    request_id: UUID,
    body: str,
    is_look: bool = False,
) -> When | None:
    """Let the project's build make the change: the one that runs `now`, or the `next` one.

    None if no build ran, so that one was created for this change alone. A build that is created
    for a mere `is_look` needs nobody to plan it.
    """
    cursor = await connection.execute(SQL["lock_unfinished"], {"project_id": project_id})
    builds = await cursor.fetchall()
    takes_changes = bool(builds) and builds[-1][1]
    if takes_changes:
        await connection.execute(
            SQL["add_change"],
            {"build_id": builds[-1][0], "request_id": request_id, "body": body},
        )
        await requirements.add_change(
            connection, build_id=builds[-1][0], request_id=request_id, words=body
        )
        return "now" if len(builds) == 1 else "next"
    await create_build(
        connection,
        request_id=request_id,
        project_id=project_id,
        user_id=user_id,
        request_text=body,
        workflow=CHANGE if is_look else None,
    )
    return "next" if builds else None


async def take_changes(
    connection: AsyncConnection, build_id: UUID, *, agent_id: str, turn: int
) -> list[ChangeRequest]:
    """What nobody has read yet, in order; it is marked as read by this agent with this turn."""
    async with connection.cursor(row_factory=class_row(ChangeRequest)) as cursor:
        await cursor.execute(
            SQL["take_changes"], {"build_id": build_id, "agent_id": agent_id, "turn": turn}
        )
        return await cursor.fetchall()


async def close_list(connection: AsyncConnection, build_id: UUID) -> None:
    """Keep what is said from now on for the next version."""
    await connection.execute(SQL["close_list"], {"build_id": build_id})


async def list_waiting(connection: AsyncConnection, build_id: UUID) -> list[ChangeRequest]:
    """What nobody has read yet, in order."""
    async with connection.cursor(row_factory=class_row(ChangeRequest)) as cursor:
        await cursor.execute(SQL["list_waiting"], {"build_id": build_id})
        return await cursor.fetchall()


async def carry_over(
    connection: AsyncConnection, *, build_id: UUID, project_id: UUID, user_id: str
) -> None:
    """Make the next version of what nobody has read: no agent of this build owned the code."""
    waiting = await list_waiting(connection, build_id)
    if not waiting:
        return
    first = waiting[0]
    await create_build(
        connection,
        request_id=first.request_id,
        project_id=project_id,
        user_id=user_id,
        request_text=first.body,
    )
    await connection.execute(
        SQL["move_waiting"], {"build_id": build_id, "request_id": first.request_id}
    )
    await requirements.move_waiting(connection, first.request_id)
