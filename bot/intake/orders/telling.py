"""`status`: how far each build is, who is at it, and what it has taken so far."""

from bot import progress_wording, wording
from bot.database.clock import time_there
from bot.intake.orders.order import Order
from bot.intake.standing import is_reading
from bot.projects.builds import builds_in_mind, completion_percentage


async def tell_status(order: Order) -> None:
    """Tell of all that runs or waits."""
    builds = await builds_in_mind(order.connection, order.incoming.user_id)
    now = await time_there(order.connection)
    lines = [
        progress_wording.status(build, completion_percentage(build.phase), now - build.created_at)
        for build in builds
    ]
    if await is_reading(order.connection, order.incoming):
        lines.append(wording.STILL_READING)
    await order.answer("\n".join(lines) or wording.NOTHING_RUNS)
