"""What a message brings beside its words becomes part of them, before anybody reads them."""

from dataclasses import replace

from bot.attachments.ingest import take_in
from bot.intake.reading import Reading
from bot.intake.replies import reply
from bot.messages import conversation_texts
from bot.requests.states import RequestType


async def ingest_attachments(reading: Reading) -> bool:
    """Take in the files; a message that says nothing then is answered with why."""
    incoming = reading.incoming
    taken = await take_in(
        reading.services,
        incoming.fields(reading.services.settings.identity),
        message_sid=incoming.message_sid,
        user_id=incoming.user_id,
        message_type=incoming.message_type,
        body=reading.own,
    )
    if not taken.body.strip():
        async with reading.handling() as connection:
            await reply(connection, incoming, taken.excuse or _nothing(reading), RequestType.TALK)
        return True
    if taken.body != reading.own:  # nothing belongs yet to what was not taken in
        reading.own = taken.body
        reading.incoming = replace(incoming, body=taken.body)
    reading.excuse = taken.excuse
    return False


def _nothing(reading: Reading) -> str:
    """What is said of a message without words or anything else."""
    if reading.incoming.message_type == "text":
        return conversation_texts.NOTHING_SAID
    return conversation_texts.KIND_NOT_READ
