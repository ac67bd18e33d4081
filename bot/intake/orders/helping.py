"""`help`: what can be said."""

from bot import wording
from bot.intake.orders.order import Order


async def help_out(order: Order) -> None:
    """Tell what can be said."""
    await order.answer(wording.HELP)
