"""Yes to what the user was asked: it is done."""

from dataclasses import replace

from bot.intake.commands.context import CommandContext
from bot.intake.commands.forget import forget
from bot.intake.commands.retry import retry_put_down
from bot.intake.commands.stop import opt_out
from bot.intake.commands.visitor_data import clear_data
from bot.intake.dialogue_state import About, OpenQuestion


async def confirm(context: CommandContext, question: OpenQuestion) -> None:
    """Do what was asked about, if that is still possible; else they are asked again, or told."""
    match question.about:
        case About.FORGET:
            await forget(context)
        case About.CLEAR:
            await clear_data(replace(context, project_id=question.project_id))
        case About.UNSUBSCRIBE:
            await opt_out(context)
        case About.BUDGET:
            await retry_put_down(context, question)
        case About.DOUBT | About.CREW:
            raise ValueError(f"{question.about} is answered otherwise")
