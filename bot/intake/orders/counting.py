"""`cost`: what the person's wishes have cost."""

from bot import command_wording
from bot.intake.orders.order import Order
from bot.projects.spending import list_spending


async def tell_cost(order: Order) -> None:
    """Tell what was spent today, on the current project, and in all."""
    project = await order.current_project()
    spending = await list_spending(
        order.connection, order.incoming.user_id, project.project_id if project else None
    )
    await order.answer(command_wording.cost(spending, project.title if project else None))
