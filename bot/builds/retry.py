"""Trying a build again that failed or was stopped: which one is meant, and that it goes on.

A stop ends all that was asked of an app, and "try again" takes all of it up: what had begun first,
then in its turn what was queued behind that, each in the name of a request of its own.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.builds.builds import AWAITS_ANSWER
from bot.projects.history import restore_draft
from bot.requests.lifecycle import begin_work, show_opened
from bot.requests.states import RequestType
from telemetry.named_sql import statements
from telemetry.root import mint_root

SQL = statements("bot.builds", "retry.sql")


@dataclass(frozen=True, kw_only=True)
class RetriableBuild:
    """A build that "try again" means, which need not be possible.

    `is_under_way` where its project is being built; `is_outdated` where another build has completed
    a version since it ended; `is_left_behind` where the link shows another version than when it
    began, and not its own; `is_given_up` where it ended so long ago that what its agents know may
    be gone.
    """

    build_id: UUID
    request_id: UUID
    title: str
    failure: str | None
    is_under_way: bool
    is_outdated: bool
    is_left_behind: bool
    is_given_up: bool

    @property
    def may_go_on(self) -> bool:
        """Whether nothing of that keeps it back."""
        return not (
            self.is_under_way or self.is_outdated or self.is_left_behind or self.is_given_up
        )

    @property
    def awaits_answer(self) -> bool:
        """Whether its user is asked if it shall go on, and has said neither yes nor no."""
        return self.failure == AWAITS_ANSWER


@dataclass(frozen=True, kw_only=True)
class RetriedBuild:
    """A build that goes on, by the job of that id; `request_id` is the build's own."""

    request_id: UUID
    project_id: UUID
    title: str
    job_id: int


async def find_to_retry(
    connection: AsyncConnection,
    user_id: str,
    *,
    kept_days: int,
    about: str | None = None,
    project_id: UUID | None = None,
    build_id: UUID | None = None,
) -> RetriableBuild | None:
    """The build that a user means by "try again", if any has not completed.

    What the agents of one that ended know is kept for `kept_days`. `about` is Twilio's id of the
    message that it is about, where they tapped below one; `project_id` the app that it builds,
    where they quoted a message about that; `build_id` the one that they were asked about.
    """
    async with connection.cursor(row_factory=class_row(RetriableBuild)) as cursor:
        await cursor.execute(
            SQL["find_to_retry"],
            {
                "user_id": user_id,
                "sid": about,
                "project_id": project_id,
                "build_id": build_id,
                "kept_days": kept_days,
            },
        )
        return await cursor.fetchone()


async def retry_build(
    connection: AsyncConnection, build_id: UUID, *, request_id: UUID
) -> RetriedBuild | None:
    """Queue the build again, in the name of `request_id`, with what it had written.

    None if it is none that failed or was stopped.
    """
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["list_stopped_with"], {"build_id": build_id})
        behind: list[UUID] = await cursor.fetchall()
    retried = await _queue_again(connection, build_id, request_id)
    if retried is None:
        return None
    await restore_draft(connection, retried.project_id, retried.request_id)
    for other in behind:
        await _queue_again(connection, other, await _open_beside(connection, request_id))
    return retried


async def open_for_words(connection: AsyncConnection, request_id: UUID) -> UUID:
    """A request beside that one, to which all belongs from now on that was said in that."""
    beside = await _open_beside(connection, request_id)
    await connection.execute(SQL["move_words"], {"request_id": request_id, "beside": beside})
    return beside


async def _queue_again(
    connection: AsyncConnection, build_id: UUID, request_id: UUID
) -> RetriedBuild | None:
    async with connection.cursor(row_factory=class_row(RetriedBuild)) as cursor:
        await cursor.execute(SQL["retry_build"], {"build_id": build_id, "request_id": request_id})
        retried = await cursor.fetchone()
    if retried is not None:
        await begin_work(connection, request_id, RequestType.RETRY, retried.project_id)
    return retried


async def _open_beside(connection: AsyncConnection, request_id: UUID) -> UUID:
    """A request beside that one, visible in its trace.

    That is before the commit: where none follows, its trace stays open.
    """
    root = mint_root()
    ids = {"request_id": request_id, "trace_id": root.trace_id, "span_id": root.span_id}
    ((opened,),) = await (await connection.execute(SQL["open_beside"], ids)).fetchall()
    assert isinstance(opened, UUID)
    await show_opened(connection, opened)
    return opened
