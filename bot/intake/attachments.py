"""What a message brings beside its words becomes part of them, before anybody reads them."""

from dataclasses import replace

from bot.attachments.ingest import Ingested, take_in
from bot.attachments.storage import is_one_of_several
from bot.intake.reading import Reading
from bot.intake.replies import finish, reply, say
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.states import RequestType


async def ingest_attachments(reading: Reading) -> bool:
    """Take in the files; pictures and papers without a word are asked about, and nothing ends with
    a word."""
    incoming = reading.incoming
    taken = await take_in(
        reading.services,
        incoming.fields(reading.services.settings.identity),
        message_sid=incoming.message_sid,
        user_id=incoming.user_id,
        message_type=incoming.message_type,
        body=incoming.body,
    )
    if not taken.body.strip():
        async with reading.handling() as connection:
            sentence = taken.excuse or conversation_texts.NOTHING_SAID
            await reply(connection, incoming, sentence, RequestType.TALK)
        return True
    if taken.is_only_pictures:
        await _ask_what_for(reading, taken)
        return True
    reading.incoming = replace(incoming, body=taken.body)
    reading.excuse = taken.excuse
    return False


async def _ask_what_for(reading: Reading, taken: Ingested) -> None:
    """Ask what they are for; once, where several come one after the other.

    What could not be taken of them is said in any case.
    """
    incoming = reading.incoming
    question = (
        conversation_texts.WHAT_ABOUT_PAPERS
        if taken.is_of_papers
        else conversation_texts.WHAT_ABOUT_PICTURES
    )
    async with reading.handling() as connection:
        if taken.excuse:
            await say(connection, incoming, taken.excuse, kind=MessageKind.EXCUSE)
        if await is_one_of_several(connection, incoming.user_id, incoming.message_sid):
            await finish(connection, incoming, RequestType.TALK)
        else:
            await reply(connection, incoming, question, RequestType.TALK)
