"""The end of builds before they are done, and of what belongs to them."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.change_requests import list_waiting
from bot.builds.questions import release_queue
from bot.builds.stopping import StoppedBuild, stop_builds
from bot.delivery.outbox import withdraw
from bot.projects.history import save_draft
from bot.requests.lifecycle import end_work, in_request, load_request
from bot.requests.states import WorkEnd
from handoffs.ending import end_agents
from handoffs.lifecycle import TerminationReason


async def end_builds(
    connection: AsyncConnection, *, user_id: str, request_id: UUID, project_id: UUID | None = None
) -> list[StoppedBuild]:
    """Stop all that runs or waits for the user since before the request, and return it.

    With a `project_id` only what builds that project.
    """
    builds = await stop_builds(
        connection, user_id=user_id, request_id=request_id, project_id=project_id
    )
    for build in builds:
        await wind_up(connection, user_id, build)
    return builds


async def wind_up(connection: AsyncConnection, user_id: str, build: StoppedBuild) -> None:
    """End what belongs to a build that was stopped: its agents, requests and unsent news.

    What is queued behind it goes on. That its agents end is told in the trace in which they worked.
    """
    request = await load_request(connection, build.current_request_id)
    assert request is not None  # its build is there
    with in_request(request):
        await end_agents(connection, build.request_id, TerminationReason.MANUAL_TERMINATION)
    await save_draft(connection, build.project_id, build.request_id)
    waiting = await list_waiting(connection, build.build_id)
    requests = {build.current_request_id, *(change.request_id for change in waiting)}
    for ended in requests:
        await end_work(connection, ended, WorkEnd.STOPPED)
    await withdraw(connection, user_id, requests | {build.request_id})
    await release_queue(connection, build.project_id)
