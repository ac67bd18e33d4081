"""`change something` and `new`: the person is asked what."""

from bot import wording
from bot.intake.orders.order import Order


async def ask_what_to_change(order: Order) -> None:
    """Ask what should be different in the current project."""
    project = await order.current_project()
    await order.answer(
        wording.what_to_change(project.title) if project else wording.NOTHING_TO_CHANGE
    )


async def ask_what_to_build(order: Order) -> None:
    """Ask what to build next."""
    await order.answer(wording.WHAT_NEXT)
