"""`projects` and `open`: what the person has, and which of it they mean from now on."""

from bot import command_wording, wording
from bot.delivery.choices import BUTTON_TITLE, BUTTONS, ITEM_TITLE, ITEMS, Choice
from bot.intake.orders.order import Order
from bot.projects.links import SiteLinks
from bot.projects.shelf import Shelved, find_shelved, list_shelf, open_project


async def tell_projects(order: Order) -> None:
    """List the person's projects by number; up to ten can be tapped."""
    shelf = await list_shelf(order.connection, order.incoming.user_id)
    current = await order.current_project()
    if current is None:
        await order.answer(wording.NOTHING_TO_CHANGE)
        return
    links = SiteLinks(order.settings.sites_base_url)
    lines = [
        command_wording.shelved(
            one, links.url(one.site_token), is_current=one.project_id == current.project_id
        )
        for one in shelf
    ]
    await order.answer(command_wording.projects(lines), choices=_openings(shelf))


async def open_one(order: Order) -> None:
    """Let the project of that number or title be the current one; without either, list them."""
    if not order.argument:
        await tell_projects(order)
        return
    shelf = await list_shelf(order.connection, order.incoming.user_id)
    found = find_shelved(shelf, order.argument)
    if found is None:
        await order.answer(command_wording.no_such_project(order.argument, len(shelf)))
        return
    await open_project(order.connection, order.incoming.user_id, found.project_id)
    url = SiteLinks(order.settings.sites_base_url).url(found.site_token)
    await order.answer(command_wording.opened(found, url))


def _openings(shelf: list[Shelved]) -> list[Choice]:
    """What can be tapped below the list, where WhatsApp can show that many."""
    if not 1 < len(shelf) <= ITEMS:
        return []
    room = BUTTON_TITLE if len(shelf) <= BUTTONS else ITEM_TITLE
    return [
        Choice(id=f"open {one.number}", title=f"{one.number}. {one.title}"[:room].rstrip())
        for one in shelf
    ]
