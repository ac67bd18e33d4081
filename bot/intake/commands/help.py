"""`help`: what can be said."""

from bot.intake.commands.context import CommandContext
from bot.messages import conversation_texts


async def help_out(context: CommandContext) -> None:
    """Tell what can be said."""
    await context.answer(conversation_texts.HELP)
