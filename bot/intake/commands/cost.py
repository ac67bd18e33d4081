"""`cost`: what the user's requests have cost."""

from bot.intake.commands.context import CommandContext
from bot.messages import command_texts
from bot.model.cost_report import list_spending


async def tell_cost(context: CommandContext) -> None:
    """Tell what was spent today, on the current project, and in all."""
    project = await context.current_project()
    spending = await list_spending(
        context.connection, context.incoming.user_id, project.project_id if project else None
    )
    await context.answer(command_texts.cost(spending, project.title if project else None))
