"""What a user asks for is begun: a new app is built, or one of theirs is changed."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.mentions import with_mentions
from bot.attachments.storage import attach_to_request
from bot.builds.builds import UnfinishedBuild, create_build
from bot.builds.change_requests import add_change
from bot.intake.incoming import Incoming
from bot.intake.reading import Reading
from bot.intake.replies import reply, say
from bot.languages.i18n import localized
from bot.markup.shortening import shorten
from bot.markup.whatsapp import as_label
from bot.messages import build_texts, command_texts, file_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import ChangeSize
from bot.projects.project_list import open_project
from bot.projects.projects import Project, create_project
from bot.requests.lifecycle import begin_work
from bot.requests.states import RequestType

FIRST_TITLE = 40  # characters of the request that name a project until it is planned


async def build_or_change(
    reading: Reading,
    connection: AsyncConnection,
    *,
    kind: str,
    number: int | None,
    size: ChangeSize | None = None,
) -> None:
    """Build a new app where `kind` is `new_build` or they have none, else change one of theirs.

    That is the one of that `number`; without a number, the one that they mean.
    """
    incoming, projects = reading.incoming, reading.dialogue.projects
    if reading.quotes_gone_file:
        key = f"{incoming.request_id}:gone"
        await say(connection, incoming, file_texts.GONE, kind=MessageKind.EXCUSE, dedupe_key=key)
    if kind == "new_build" or not projects:
        await _build(connection, incoming)
        return
    chosen = _chosen(projects, number)
    if chosen is None:
        sentence = command_texts.no_such_project(str(number), len(projects))
        await reply(connection, incoming, sentence, RequestType.TALK)
        return
    await change(connection, incoming, chosen, size)


def _chosen(projects: Sequence[Project], number: int | None) -> Project | None:
    """The project of that number; without a number, the one they mean."""
    if number is None:
        return projects[0]
    return next((one for one in projects if one.number == number), None)


async def change(
    connection: AsyncConnection,
    incoming: Incoming,
    project: Project | UnfinishedBuild,
    size: ChangeSize | None,
    *,
    is_noted: bool = True,
) -> None:
    """Let the change be made by the build that runs, or by the next one, and say which.

    `size` is how much of the app it concerns, if that is known. Nothing is said of one that is not
    to be noted, because it is part of what was said before, if the same build makes it.
    """
    request_text = await _begin(connection, incoming, project.project_id, RequestType.CHANGE)
    when = await add_change(
        connection,
        project_id=project.project_id,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        body=request_text,
        size=size,
    )
    if when is None or (when == "now" and not is_noted):
        return  # the build tells what it understood
    sentence = build_texts.worked_in if when == "now" else build_texts.queued_behind
    await say(connection, incoming, sentence(project.title), kind=MessageKind.NOTED)


async def _build(connection: AsyncConnection, incoming: Incoming) -> None:
    title = shorten(as_label(incoming.body), FIRST_TITLE) or localized(build_texts.UNTITLED)
    project = await create_project(connection, user_id=incoming.user_id, title=title)
    request_text = await _begin(connection, incoming, project.project_id, RequestType.BUILD)
    await create_build(
        connection,
        request_id=incoming.request_id,
        project_id=project.project_id,
        user_id=incoming.user_id,
        request_text=request_text,
    )


async def _begin(
    connection: AsyncConnection, incoming: Incoming, project_id: UUID, request_type: RequestType
) -> str:
    """Begin the work on a project; returns the request with the files that belong to it."""
    await begin_work(connection, incoming.request_id, request_type, project_id)
    await open_project(connection, incoming.user_id, project_id)
    return await with_files(connection, incoming, project_id)


async def with_files(connection: AsyncConnection, incoming: Incoming, project_id: UUID) -> str:
    """The message with the files that belong to it, which are the project's from now on."""
    files = await attach_to_request(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        project_id=project_id,
        request_text=incoming.body,
    )
    return with_mentions(incoming.body, files)
