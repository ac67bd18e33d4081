"""`data`: what visitors left in the current project, seen, downloaded, cleared and brought back.

Clearing is asked back once, as the end of everything is.
"""

from bot.collections.documents import definitions_of_versions
from bot.collections.owner_keys import DOWNLOAD, OPENING, Purpose, make_owner_key, owner_link
from bot.collections.visitor_data import (
    ask_to_clear,
    can_restore,
    clear,
    count_documents,
    may_be_cleared,
    restore,
    withdraw_clearing,
)
from bot.database.clock import database_time
from bot.errors import DocumentRefused
from bot.intake.commands.context import CommandContext
from bot.messages import command_texts, data_texts
from bot.messages.kinds import MessageKind
from bot.messages.paragraphs import paragraphs
from bot.projects.projects import Project
from bot.retention.kinds import retention_of


async def tell_data(context: CommandContext) -> None:
    """Tell how much there is, and the owner's links to it."""
    project = await context.project_or_excuse()
    if project is None:
        return
    left = await count_documents(context.connection, project.project_id)
    if not left.documents:
        await _tell_that_nothing_is_left(context, project)
        return
    opening, download = [
        await _owner_link(context, project, purpose) for purpose in (OPENING, DOWNLOAD)
    ]
    told = data_texts.left(project.title, left.counts, opening=opening, download=download)
    if left.taken.is_nearly_all:
        told = paragraphs(told, data_texts.room_taken(left.taken.part))
    await context.answer(told)


async def _tell_that_nothing_is_left(context: CommandContext, project: Project) -> None:
    """Where something could be, its owner can be there before all others."""
    kept = retention_of(context.settings.retention, "cleared")
    is_kept = await can_restore(context.connection, project.project_id, kept)
    told = data_texts.nothing_left(project.title, can_restore=is_kept)
    if await definitions_of_versions(context.connection, project.project_id):
        opening = await _owner_link(context, project, OPENING)
        told = paragraphs(told, data_texts.opening_ahead(opening))
    await context.answer(told)


async def _owner_link(context: CommandContext, project: Project, purpose: Purpose) -> str:
    now = await database_time(context.connection)
    key = make_owner_key(context.settings.identity, project.project_id, purpose, now=now)
    return owner_link(context.settings.web, project.site_token, purpose, key)


async def ask_whether_to_clear(context: CommandContext) -> None:
    """Say what would be gone, and ask."""
    project = await context.project_or_excuse()
    if project is not None:
        await _ask(context, project)


async def clear_data(context: CommandContext) -> None:
    """Set all aside, if that was asked a moment ago; else ask first."""
    project = await context.project_or_excuse()
    if project is None:
        return
    request_id = context.incoming.request_id
    if not await may_be_cleared(context.connection, project.project_id, request_id):
        await _ask(context, project)
        return
    cleared = await clear(context.connection, project.project_id)
    await withdraw_clearing(context.connection, request_id, project_id=project.project_id)
    await context.answer(data_texts.cleared(project.title, cleared, _days(context)))


async def _ask(context: CommandContext, project: Project) -> None:
    """Ask about a project that anything was left in."""
    left = await count_documents(context.connection, project.project_id)
    if not left.documents:
        await tell_data(context)
        return
    await ask_to_clear(context.connection, project.project_id)
    await context.answer(
        data_texts.really_clear(project.title, left.documents, _days(context)),
        kind=MessageKind.CLEAR_ASKED,
        choices=data_texts.CLEAR_CHOICES,
    )


def _days(context: CommandContext) -> int:
    """How long what was cleared can be brought back."""
    return retention_of(context.settings.retention, "cleared").days


async def keep_data(context: CommandContext) -> None:
    """Leave everything as it is."""
    project = await context.project_or_excuse()
    if project is None:
        return
    await withdraw_clearing(
        context.connection, context.incoming.request_id, project_id=project.project_id
    )
    await context.answer(command_texts.NOTHING_FORGOTTEN)


async def restore_data(context: CommandContext) -> None:
    """Bring back what was cleared last."""
    project = await context.project_or_excuse()
    if project is None:
        return
    try:
        restored = await restore(
            context.connection,
            project.project_id,
            retention_of(context.settings.retention, "cleared"),
        )
    except DocumentRefused:
        await context.answer(data_texts.too_much_to_restore(project.title))
        return
    await context.answer(
        data_texts.restored(project.title, restored)
        if restored
        else data_texts.nothing_to_restore(project.title)
    )
