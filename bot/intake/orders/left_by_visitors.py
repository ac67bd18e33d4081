"""`data`: what visitors left in the current project, seen, downloaded, cleared and brought back.

Clearing is asked back once, as the end of everything is.
"""

from bot import command_wording, wording
from bot.database.clock import time_there
from bot.errors import DocumentRefused
from bot.intake.orders.order import Order
from bot.projects.left import (
    ask_to_clear,
    can_restore,
    clear,
    count_left,
    may_be_cleared,
    restore,
    withdraw_clearing,
)
from bot.projects.owners import make_owner_key, owner_links
from bot.retention.kinds import kept


async def tell_data(order: Order) -> None:
    """Tell how much there is, and the owner's links to it."""
    project = await order.current_project()
    if project is None:
        await order.answer(wording.NOTHING_TO_CHANGE)
        return
    counts = await count_left(order.connection, project.project_id)
    if not counts:
        is_kept = await can_restore(
            order.connection, project.project_id, kept(order.settings, "cleared")
        )
        await order.answer(command_wording.nothing_left(project.title, can_restore=is_kept))
        return
    now = await time_there(order.connection)
    key = make_owner_key(order.settings, project.project_id, now=now)
    opening, download = owner_links(order.settings, project.site_token, key)
    await order.answer(
        command_wording.left(project.title, counts, opening=opening, download=download)
    )


async def ask_whether_to_clear(order: Order) -> None:
    """Say what would be gone, and ask."""
    project = await order.current_project()
    if project is None:
        await order.answer(wording.NOTHING_TO_CHANGE)
        return
    counts = await count_left(order.connection, project.project_id)
    if not counts:
        await tell_data(order)
        return
    await ask_to_clear(order.connection, project.project_id)
    days = kept(order.settings, "cleared").days
    await order.answer(
        command_wording.really_clear(project.title, sum(counts.values()), days),
        choices=command_wording.CLEAR_CHOICES,
    )


async def clear_data(order: Order) -> None:
    """Set all aside, if that was asked a moment ago; else ask first."""
    project = await order.current_project()
    if project is None or not await may_be_cleared(order.connection, project.project_id):
        await ask_whether_to_clear(order)
        return
    cleared = await clear(order.connection, project.project_id, order.incoming.user_id)
    days = kept(order.settings, "cleared").days
    await order.answer(command_wording.cleared(project.title, cleared, days))


async def keep_data(order: Order) -> None:
    """Leave everything as it is."""
    await withdraw_clearing(order.connection, order.incoming.user_id)
    await order.answer(command_wording.NOTHING_FORGOTTEN)


async def restore_data(order: Order) -> None:
    """Bring back what was cleared last."""
    project = await order.current_project()
    if project is None:
        await order.answer(wording.NOTHING_TO_CHANGE)
        return
    try:
        restored = await restore(
            order.connection, project.project_id, kept(order.settings, "cleared")
        )
    except DocumentRefused:
        await order.answer(command_wording.too_much_to_restore(project.title))
        return
    await order.answer(
        command_wording.restored(project.title, restored)
        if restored
        else command_wording.nothing_to_restore(project.title)
    )
