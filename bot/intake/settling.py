"""What the conversation is about, and an answer to it, which comes before all else that is said."""

from bot.intake.action import apply_answer
from bot.intake.answers import CREW_TAP, Answer, find_answer
from bot.intake.dialogue_state import read_dialogue_state
from bot.intake.open_question import ENDINGS
from bot.intake.question_replies import find_tapped_reply, settle
from bot.intake.reading import Reading


async def read_dialogue(reading: Reading) -> bool:
    """Read what the conversation is about, once for all that read the message."""
    async with reading.services.pool.connection() as connection:
        reading.dialogue = await read_dialogue_state(
            connection, reading.services.settings.identity, reading.incoming
        )
    return False


async def read_joined_quote(reading: Reading) -> bool:
    """Read it once more where the message was joined by others, of which one may quote another."""
    if not reading.is_joined or reading.dialogue.quoted is not None:
        return False
    async with reading.services.pool.connection() as connection:
        reading.dialogue = await read_dialogue_state(
            connection, reading.services.settings.identity, reading.incoming, is_joined=True
        )
    return False


async def recognize_answer(reading: Reading) -> bool:
    """Find out whether the message answers what is open, by its words alone."""
    reading.answer = find_answer(reading.dialogue, reading.incoming)
    return False


async def settle_answer(reading: Reading) -> bool:
    """Do what the answer says; so for a tap below a question of the crew, open or not."""
    answer = reading.answer
    option = answer.option if answer else reading.incoming.body
    if answer is not None and not option:
        async with reading.handling(superseded=not _is_final(answer)) as connection:
            await apply_answer(reading, connection, answer)
        return True
    tap = CREW_TAP.fullmatch(option)
    if tap is None:
        return False
    async with reading.handling() as connection:
        incoming = reading.incoming
        reply = await find_tapped_reply(connection, incoming.user_id, tap)
        await settle(connection, reading.services.settings.crew, incoming, reply)
    return True


def _is_final(answer: Answer) -> bool:
    """Whether no later stop takes it back."""
    return answer.is_yes and answer.question.about in ENDINGS
