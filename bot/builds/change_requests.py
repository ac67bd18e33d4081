"""The change list of a build: what a user wants different while it is made.

A change is put on the list while the build's row is locked, so its run stores nothing meanwhile:
either the agent that owns the code reads it, or it has ended already and the change is for the next
version. Reading is marked in the transaction that stores the turn with whose results it is read.

How much a change changes decides on the way of working of a build that is not planned yet: nobody
plans a mere look, and what is large is made as a new app is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.builds.builds import Build, create_build
from bot.builds.phases import CHANGE, NEW_APP
from bot.builds.stopping import lock_builds
from bot.model.answers import ChangeSize
from bot.projects import requirements
from telemetry.named_sql import statements

SQL = statements("bot.builds", "change_requests.sql")

When = Literal["now", "next"]

# By the size of the largest change; of another one, or of none that is known, a plan says it.
_WORKFLOWS: Mapping[str | None, str] = {"looks": CHANGE, "large": NEW_APP}


@dataclass(frozen=True, kw_only=True)
class ChangeRequest:
    """What a user wrote, the request of that message, and how much it changes if that is known."""

    request_id: UUID
    body: str
    size: ChangeSize | None


@dataclass(frozen=True, kw_only=True)
class _Unfinished:
    """A build that runs or waits; its `workflow` may be set before it `is_planned`."""

    build_id: UUID
    takes_changes: bool
    workflow: str | None
    is_planned: bool


async def add_change(
    connection: AsyncConnection,
    *,
    project_id: UUID,
    user_id: str,
    request_id: UUID,
    body: str,
    size: ChangeSize | None = None,
) -> When | None:
    """Let the project's build make the change: the one that runs `now`, or the `next` one.

    None if no build ran, so that one was created for this change alone. A build that is planned
    makes no change that is larger than what it was planned for.
    """
    await lock_builds(connection, user_id=user_id, project_id=project_id)
    async with connection.cursor(row_factory=class_row(_Unfinished)) as cursor:
        await cursor.execute(SQL["lock_unfinished"], {"project_id": project_id})
        builds = await cursor.fetchall()
    if builds and _takes(builds[-1], size):
        build_id = builds[-1].build_id
        await _put_on_list(
            connection, build_id=build_id, request_id=request_id, body=body, size=size
        )
        return "now" if len(builds) == 1 else "next"
    await create_build(
        connection,
        request_id=request_id,
        project_id=project_id,
        user_id=user_id,
        request_text=body,
        workflow=_WORKFLOWS.get(size),
    )
    return "next" if builds else None


async def find_reader(connection: AsyncConnection, project_id: UUID) -> UUID | None:
    """The project's build that goes on first, if it reads its list still."""
    async with connection.cursor(row_factory=class_row(_Unfinished)) as cursor:
        await cursor.execute(SQL["lock_unfinished"], {"project_id": project_id})
        build = await cursor.fetchone()
    return build.build_id if build and build.takes_changes else None


async def add_to_yes(
    connection: AsyncConnection, *, build_id: UUID, request_id: UUID, body: str
) -> None:
    """Let a build that goes on in the name of this request make what its user adds to that."""
    await _put_on_list(connection, build_id=build_id, request_id=request_id, body=body, size=None)


async def _put_on_list(
    connection: AsyncConnection,
    *,
    build_id: UUID,
    request_id: UUID,
    body: str,
    size: ChangeSize | None,
) -> None:
    change = {"build_id": build_id, "request_id": request_id, "body": body, "size": size}
    await connection.execute(SQL["add_change"], change)
    await connection.execute(SQL["enlarge"], {"build_id": build_id, "size": size})
    await requirements.add_change(
        connection,
        build_id=build_id,
        request_id=request_id,
        words=body,
        kind="looks" if size == "looks" else "does",
    )


def _takes(build: _Unfinished, size: ChangeSize | None) -> bool:
    is_too_large = size == "large" and build.is_planned and build.workflow != NEW_APP
    return build.takes_changes and not is_too_large


async def take_changes(
    connection: AsyncConnection, build_id: UUID, *, agent_id: str, turn: int
) -> list[ChangeRequest]:
    """What nobody has read yet, in order; it is marked as read by this agent with this turn."""
    async with connection.cursor(row_factory=class_row(ChangeRequest)) as cursor:
        await cursor.execute(
            SQL["take_changes"], {"build_id": build_id, "agent_id": agent_id, "turn": turn}
        )
        return await cursor.fetchall()


async def has_said_more(connection: AsyncConnection, build: Build) -> bool:
    """Whether the user has said more of the app beside the build's own request, read or not."""
    key = {"build_id": build.build_id, "project_id": build.project_id}
    cursor = await connection.execute(SQL["has_said_more"], key)
    ((has_more,),) = await cursor.fetchall()
    return bool(has_more)


async def close_list(connection: AsyncConnection, build_id: UUID) -> None:
    """Keep what is said from now on for the next version."""
    await connection.execute(SQL["close_list"], {"build_id": build_id})


async def list_waiting(connection: AsyncConnection, build_id: UUID) -> list[ChangeRequest]:
    """What nobody has read yet, in order."""
    async with connection.cursor(row_factory=class_row(ChangeRequest)) as cursor:
        await cursor.execute(SQL["list_waiting_changes"], {"build_id": build_id})
        return await cursor.fetchall()


async def carry_over(
    connection: AsyncConnection, *, build_id: UUID, project_id: UUID, user_id: str
) -> UUID | None:
    """Make the next version of what nobody has read: no agent of this build owned the code.

    Returns the request that goes on with it, if any.
    """
    waiting = await list_waiting(connection, build_id)
    if not waiting:
        return None
    first, sizes = waiting[0], {one.size for one in waiting}
    size = "large" if "large" in sizes else "looks" if sizes == {"looks"} else None
    await create_build(
        connection,
        request_id=first.request_id,
        project_id=project_id,
        user_id=user_id,
        request_text=first.body,
        workflow=_WORKFLOWS.get(size),
    )
    await connection.execute(
        SQL["move_waiting_changes"], {"build_id": build_id, "request_id": first.request_id}
    )
    await requirements.move_waiting(connection, first.request_id)
    return first.request_id
