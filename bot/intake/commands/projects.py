"""`projects` and `open`: what the user has, and which of it they mean from now on."""

from bot.intake.commands.context import CommandContext
from bot.markup.shortening import shorten
from bot.messages import command_texts, conversation_texts
from bot.messages.quick_replies import BUTTON_TITLE, BUTTONS, ITEM_TITLE, ITEMS, Choice
from bot.projects.project_list import ListedProject, find_shelved, list_numbered, open_project
from bot.sites.short_links import ShortLinks


async def tell_projects(context: CommandContext) -> None:
    """List the user's projects by number; up to ten can be tapped."""
    shelf = await list_numbered(context.connection, context.incoming.user_id)
    current = await context.current_project()
    if current is None:
        await context.answer(conversation_texts.NOTHING_TO_CHANGE)
        return
    links = ShortLinks(context.settings.web.public_base_url)
    lines = [
        command_texts.shelved(
            one, links.app(one.site_token), is_current=one.project_id == current.project_id
        )
        for one in shelf
    ]
    await context.answer(command_texts.projects(lines), choices=_openings(shelf))


async def open_one(context: CommandContext) -> None:
    """Let the project of that number or title be the current one; without either, list them."""
    if not context.argument:
        await tell_projects(context)
        return
    shelf = await list_numbered(context.connection, context.incoming.user_id)
    found = find_shelved(shelf, context.argument)
    if found is None:
        await context.answer(command_texts.no_such_project(context.argument, len(shelf)))
        return
    await open_project(context.connection, context.incoming.user_id, found.project_id)
    url = ShortLinks(context.settings.web.public_base_url).app(found.site_token)
    await context.answer(command_texts.opened(found, url))


def _openings(shelf: list[ListedProject]) -> list[Choice]:
    """What can be tapped below the list, where WhatsApp can show that many."""
    if not 1 < len(shelf) <= ITEMS:
        return []
    room = BUTTON_TITLE if len(shelf) <= BUTTONS else ITEM_TITLE
    return [
        Choice(id=f"open {one.number}", title=shorten(f"{one.number}. {one.title}", room))
        for one in shelf
    ]
