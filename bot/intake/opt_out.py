"""Who wants no more messages gets none, whatever they write, until they say start."""

from bot.intake.command_names import WITHOUT_MESSAGES, Command, GivenCommand
from bot.intake.open_question import About
from bot.intake.reading import Reading
from bot.intake.replies import finish
from bot.requests.states import RequestType


async def respect_opt_out(reading: Reading) -> bool:
    """End a message of theirs in silence, unless it is a command for which they need none."""
    if reading.command is not None and reading.command.command in WITHOUT_MESSAGES:
        return False
    if not reading.dialogue.has_opted_out or _answers_about_deletion(reading):
        return False
    async with reading.services.pool.connection() as connection:
        await finish(connection, reading.incoming, RequestType.OPTED_OUT)
    return True


def _answers_about_deletion(reading: Reading) -> bool:
    """Whether it says yes or no to the end of all that is known of them; a stop is a no."""
    if reading.command == GivenCommand(Command.STOP):
        return any(one.about is About.FORGET for one in reading.dialogue.answerable[:1])
    return reading.answer is not None and reading.answer.question.about is About.FORGET
