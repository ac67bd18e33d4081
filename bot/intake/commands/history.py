"""`undo`, `redo` and `versions`: the way back and forth in the current project.

Who goes back or forth wants nothing deleted: a yes to that deletes nothing.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.retry import find_to_retry
from bot.collections.visitor_data import count_documents
from bot.database.clock import database_time
from bot.intake.commands.context import CommandContext
from bot.intake.forget_user import withdraw_deletion_questions
from bot.messages import command_texts
from bot.projects.deployments import deployments_of_project
from bot.projects.history import go_back, go_forward, list_versions
from bot.sites.short_links import ShortLinks


async def undo(context: CommandContext) -> None:
    """Show the version before the current one, at once."""
    await _go(context, go_back, command_texts.NOTHING_TO_UNDO)


async def redo(context: CommandContext) -> None:
    """Show the version again that was undone."""
    await _go(context, go_forward, command_texts.NOTHING_TO_REDO)


async def _go(
    context: CommandContext,
    step: Callable[[AsyncConnection, UUID], Awaitable[int | None]],
    nowhere: str,
) -> None:
    await withdraw_deletion_questions(context.connection, context.incoming.request_id)
    project = await context.project_or_excuse()
    if project is None:
        return
    if await context.is_being_built(project):
        await context.answer(command_texts.busy(project.title))
        return
    number = await step(context.connection, project.project_id)
    if number is None:
        await context.answer(nowhere)
        return
    url = ShortLinks(context.settings.web.public_base_url).app(project.site_token)
    left = await count_documents(context.connection, project.project_id)
    copies = await deployments_of_project(context.connection, project.project_id)
    await context.answer(
        command_texts.went_to(
            project.title,
            number,
            url,
            is_back=step is go_back,
            has_data=left.documents > 0,
            copies=[copy.url for copy in copies],
        )
    )


async def tell_versions(context: CommandContext) -> None:
    """List the latest versions of the current project with their own links.

    Of a draft it says whether "try again" would go on with it, if that were written now.
    """
    project = await context.project_or_excuse()
    if project is None:
        return
    known = await list_versions(context.connection, project.project_id)
    if not known:
        await context.answer(command_texts.NO_VERSIONS)
        return
    meant = await find_to_retry(
        context.connection,
        context.incoming.user_id,
        kept_days=context.settings.retention.resumable_days,
    )
    goes_on = meant.request_id if meant is not None and meant.may_go_on else None
    links = ShortLinks(context.settings.web.public_base_url)
    now = await database_time(context.connection)
    lines = [
        command_texts.version(
            one, links.app(one.version_token), now=now, goes_on=one.request_id == goes_on
        )
        for one in known
    ]
    await context.answer(command_texts.versions(project.title, lines))
