"""Who wants no more messages gets none, whatever they write, until they say start."""

from bot.intake.command_names import WITHOUT_MESSAGES
from bot.intake.dialogue_state import About
from bot.intake.reading import Reading
from bot.intake.replies import finish
from bot.requests.states import RequestType


async def respect_opt_out(reading: Reading) -> bool:
    """End a message of theirs in silence, unless it is a command for which they need none."""
    if reading.command is not None and reading.command[0] in WITHOUT_MESSAGES:
        return False
    if reading.answer is not None and reading.answer.question.about is About.FORGET:
        return False
    if not reading.dialogue.has_opted_out:
        return False
    async with reading.services.pool.connection() as connection:
        await finish(connection, reading.incoming, RequestType.OPTED_OUT)
    return True
