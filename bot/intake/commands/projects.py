"""`projects` and `open`: what the user has, and which of it they mean from now on."""

from bot.intake.commands.context import CommandContext
from bot.markup.shortening import shorten
from bot.messages import command_texts, conversation_texts
from bot.messages.quick_replies import BUTTON_TITLE, BUTTONS, ITEM_TITLE, ITEMS, Choice
from bot.projects.project_list import ListedProject, find_listed, list_numbered, open_project
from bot.sites.short_links import ShortLinks


async def tell_projects(context: CommandContext) -> None:
    """List the user's projects by number; up to ten can be tapped."""
    listed = await list_numbered(context.connection, context.incoming.user_id)
    current = await context.current_project()
    if current is None:
        await context.answer(conversation_texts.NOTHING_TO_CHANGE)
        return
    links = ShortLinks(context.settings.web.public_base_url)
    lines = [
        command_texts.listed(
            one, links.app(one.site_token), is_current=one.project_id == current.project_id
        )
        for one in listed
    ]
    await context.answer(command_texts.projects(lines), choices=_openings(listed))


async def open_one(context: CommandContext) -> None:
    """Let the project of that number or title be the current one; without either, list them."""
    if not context.argument:
        await tell_projects(context)
        return
    listed = await list_numbered(context.connection, context.incoming.user_id)
    found = find_listed(listed, context.argument)
    if found is None:
        await context.answer(command_texts.no_such_project(context.argument, len(listed)))
        return
    await open_project(context.connection, context.incoming.user_id, found.project_id)
    url = ShortLinks(context.settings.web.public_base_url).app(found.site_token)
    await context.answer(command_texts.opened(found, url))


def _openings(listed: list[ListedProject]) -> list[Choice]:
    """What can be tapped below the list, where WhatsApp can show that many."""
    if not 1 < len(listed) <= ITEMS:
        return []
    room = BUTTON_TITLE if len(listed) <= BUTTONS else ITEM_TITLE
    return [
        Choice(id=f"open {one.number}", title=shorten(f"{one.number}. {one.title}", room))
        for one in listed
    ]
