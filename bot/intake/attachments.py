"""What a message brings beside its words becomes part of them, before anybody reads them."""

from dataclasses import replace

from bot.attachments.ingest import take_in
from bot.attachments.storage import keep
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.incoming import TEXT
from bot.intake.reading import Reading
from bot.intake.replies import reply, say
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.states import RequestType


async def ingest_attachments(reading: Reading) -> bool:
    """Take in the files; a message that says nothing then is answered with why.

    What of them cannot be taken is said in the transaction that keeps the others: whoever reads the
    message again finds them, and no reason to say it.
    """
    incoming = reading.incoming
    taken = await take_in(
        reading.services,
        incoming.fields(reading.services.settings.identity),
        message_sid=incoming.message_sid,
        message_type=incoming.message_type,
        body=reading.own_body,
    )
    says_nothing = not taken.body.strip()
    if taken.is_new or says_nothing:
        async with reading.handling() as connection:
            if taken.is_new:
                await keep(
                    connection,
                    message_sid=incoming.message_sid,
                    user_id=incoming.user_id,
                    files=taken.files,
                    body=taken.body,
                )
            if says_nothing:
                await withdraw_deletion_questions(connection, incoming.request_id)
                answer = taken.excuse or _nothing(reading)
                await reply(connection, incoming, answer, RequestType.TALK)
                return True
            if taken.excuse:
                await say(connection, incoming, taken.excuse, kind=MessageKind.EXCUSE)
    if taken.body != reading.own_body:  # nothing belongs yet to what was not taken in
        reading.own_body = taken.body
        reading.incoming = replace(incoming, body=taken.body)
    return False


async def ingest_for_later(reading: Reading) -> None:
    """Take in what came with words that are done at once: what follows may be about it."""
    reading.own_body = reading.incoming.body
    await ingest_attachments(reading)


def _nothing(reading: Reading) -> str:
    """What is said of a message without words or anything else."""
    if reading.incoming.message_type == TEXT:
        return conversation_texts.NOTHING_SAID
    return conversation_texts.KIND_NOT_READ
