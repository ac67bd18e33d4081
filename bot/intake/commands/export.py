"""`export`: the current project's files in one, over a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from psycopg import AsyncConnection

from bot.delivery.exports import keep_export
from bot.delivery.media import Media
from bot.intake.commands.context import CommandContext
from bot.messages import command_texts, conversation_texts
from bot.projects.history import read_shown_or_workspace
from bot.projects.packing import ZIP, file_name, zipped
from bot.projects.projects import Project
from bot.sites.short_links import ShortLinks

NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A project's files in one document; `files` is how many."""

    title: str
    files: int
    media: Media


async def export(context: CommandContext) -> None:
    """Give a link to all files that the app's link shows, zipped."""
    user_id = context.incoming.user_id
    project = await context.current_project()
    found = await read_export(context.connection, project) if project else None
    if found is None:
        await context.answer(
            command_texts.NOTHING_TO_EXPORT if project else conversation_texts.WHAT_NEXT
        )
        return
    name = await keep_export(context.connection, user_id, found.media)
    link = ShortLinks(context.settings.web.public_base_url).export(name)
    await context.answer(command_texts.exported(found.title, found.files, link))


async def read_export(
    connection: AsyncConnection, project: Project, *, beside: Mapping[str, bytes] = NOTHING
) -> Exported | None:
    """What a project's link shows, as one document; None where it shows nothing.

    `beside` are files that go with it and do not count.
    """
    files = await read_shown_or_workspace(connection, project.project_id)
    if not files:
        return None
    media = Media(
        file_name=f"{file_name(project.title)}.zip",
        content_type=ZIP,
        content=zipped({**files, **beside}),
    )
    return Exported(title=project.title, files=len(files), media=media)
