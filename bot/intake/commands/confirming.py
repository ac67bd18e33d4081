"""Yes to what the user was asked: it is done, or asked again where it may be meant otherwise."""

from dataclasses import replace

from bot.intake.commands.context import CommandContext
from bot.intake.commands.forget import ask_whether_sure, forget
from bot.intake.commands.retry import retry_put_down
from bot.intake.commands.unsubscribe import ask_whether_to_opt_out, opt_out
from bot.intake.commands.visitor_data import ask_whether_to_clear, clear_data
from bot.intake.open_question import About, OpenQuestion


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


async def ask_again(context: CommandContext, question: OpenQuestion) -> None:
    """Ask once more: what they said may be a yes to what they heard since."""
    match question.about:
        case About.FORGET:
            await ask_whether_sure(context)
        case About.CLEAR:
            await ask_whether_to_clear(replace(context, project_id=question.project_id))
        case About.UNSUBSCRIBE:
            await ask_whether_to_opt_out(context)
        case _:
            raise ValueError(f"{question.about} can be taken back")
