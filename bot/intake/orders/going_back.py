"""`undo`, `redo` and `versions`: the way back and forth in the current project."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from psycopg import AsyncConnection

from bot import command_wording, wording
from bot.intake.orders.order import Order
from bot.projects.history import go_back, go_forward, list_versions
from bot.projects.left import count_left
from bot.projects.links import SiteLinks


async def undo(order: Order) -> None:
    """Show the version before the current one, at once."""
    await _go(order, go_back, command_wording.NOTHING_TO_UNDO)


async def redo(order: Order) -> None:
    """Show the version again that was undone."""
    await _go(order, go_forward, command_wording.NOTHING_TO_REDO)


async def _go(
    order: Order, step: Callable[[AsyncConnection, UUID], Awaitable[int | None]], nowhere: str
) -> None:
    project = await order.current_project()
    if project is None:
        await order.answer(wording.NOTHING_TO_CHANGE)
        return
    if await order.is_being_built(project):
        await order.answer(command_wording.busy(project.title))
        return
    number = await step(order.connection, project.project_id)
    if number is None:
        await order.answer(nowhere)
        return
    url = SiteLinks(order.settings.sites_base_url).url(project.site_token)
    left = await count_left(order.connection, project.project_id)
    await order.answer(command_wording.went_to(project.title, number, url, has_data=bool(left)))


async def tell_versions(order: Order) -> None:
    """List the latest versions of the current project with their own links."""
    project = await order.current_project()
    known = await list_versions(order.connection, project.project_id) if project else []
    if project is None or not known:
        await order.answer(command_wording.NO_VERSIONS if project else wording.NOTHING_TO_CHANGE)
        return
    links = SiteLinks(order.settings.sites_base_url)
    lines = [command_wording.version(one, links.url(one.version_token)) for one in known]
    await order.answer(command_wording.versions(project.title, lines))
