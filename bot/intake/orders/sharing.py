"""`share`: the current project's link, in words that can be passed on."""

from bot import command_wording, wording
from bot.intake.orders.order import Order
from bot.projects.links import SiteLinks


async def share(order: Order) -> None:
    """Give the link."""
    project = await order.current_project()
    if project is None:
        await order.answer(wording.NOTHING_TO_CHANGE)
    elif project.current_version is None:
        await order.answer(command_wording.NO_VERSIONS)
    else:
        url = SiteLinks(order.settings.sites_base_url).url(project.site_token)
        await order.answer(command_wording.share(project.title, url))
