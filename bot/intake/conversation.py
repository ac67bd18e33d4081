"""The conversation job: read one message and decide what happens, one at a time per user."""

import logging
from collections.abc import Callable
from contextlib import suppress

from bot.database.together import Asked, ask_together
from bot.errors import (
    AttachmentDelayed,
    AttachmentUnavailable,
    ContextExceeded,
    MessageSuperseded,
    ModelBusy,
    ModelError,
    ModelMisconfigured,
    ModelRefused,
    MovesOn,
    VoiceUnavailable,
)
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.held import HELD_QUEUE, asked_whether_paused
from bot.intake.incoming import load_incoming
from bot.intake.pipeline import handle
from bot.intake.reading import Reading
from bot.intake.replies import reply, say
from bot.messages import conversation_texts, failure_texts, file_texts, voice_texts
from bot.messages.kinds import MessageKind
from bot.model.budgets import asked_to_release
from bot.requests.closing import close_if_finished
from bot.requests.lifecycle import Request, in_request
from bot.requests.states import RequestType, WorkEnd
from bot.services import Services
from telemetry.named_sql import statements

REQUESTS = statements("bot.requests", "lifecycle.sql")

log = logging.getLogger(__name__)

# What is said when a message is read as soon as who is needed for it answers.
_LATER: dict[type[Exception], str] = {
    ModelBusy: conversation_texts.UNREAD_FOR_NOW,
    VoiceUnavailable: voice_texts.HEARD_LATER,
    AttachmentDelayed: file_texts.FILE_FETCHED_LATER,
}
# What is said when a message could not be read for good.
_SENTENCES: dict[type[Exception], str] = {
    VoiceUnavailable: voice_texts.NOT_HEARD_NOW,
    AttachmentUnavailable: file_texts.FILE_NOT_FETCHED,
    ContextExceeded: failure_texts.FAILED_TOO_LARGE,
    ModelMisconfigured: failure_texts.FAILED_MISCONFIGURED,
    ModelRefused: failure_texts.FAILED_REFUSED,
}


async def read_message(
    services: Services,
    message_sid: str,
    *,
    is_last: Callable[[Exception], bool],
    is_stop: bool = False,
    is_aside: bool = False,
) -> None:
    """Read a message and store what follows from it.

    `is_last` tells whether the job is not tried again after a failure. Then the user is told, and
    what is a fault of ours is raised. Else it is raised in any case, and they are told at once if
    it is a service that does not answer. Of a message that `is_aside`, a voice note, only its words
    are found out. While the intake is paused, `MovesOn` is raised of all but a stop.
    """
    async with services.pool.connection() as connection:
        incoming = await load_incoming(connection, message_sid)
        if incoming is None:
            return  # forgotten meanwhile
        requests, _, (is_paused,) = await ask_together(
            connection,
            Asked(REQUESTS["load_request"], {"request_id": incoming.request_id}, Request),
            asked_to_release(incoming.request_id),
            asked_whether_paused(),
        )
    request: Request | None = next(iter(requests), None)
    if request is None or request.status != "accepted":
        return  # forgotten meanwhile, or read by a job that died after its commit
    if is_paused and not is_stop:
        raise MovesOn(HELD_QUEUE)
    reading = Reading(services=services, incoming=incoming, is_aside=is_aside)
    with in_request(request), suppress(MessageSuperseded):
        try:
            await handle(reading)
        except MessageSuperseded:
            raise
        except Exception as error:
            if is_last(error):
                await _tell_failure(reading, error)
                if not isinstance(error, ModelError | AttachmentUnavailable):
                    raise  # a fault of ours: the job is kept as failed
            else:
                await _tell_unread(reading, error)
                raise
    async with services.pool.connection() as connection:
        await close_if_finished(connection, incoming.request_id)


async def _tell_failure(reading: Reading, error: Exception) -> None:
    """Say why the message is not read, and end its request as failed."""
    log.exception("message %s could not be read", reading.incoming.message_sid)
    sentence = next(
        (sentence for kind, sentence in _SENTENCES.items() if isinstance(error, kind)),
        conversation_texts.TRY_AGAIN_LATER,
    )
    async with reading.handling() as connection:
        await withdraw_deletion_questions(connection, reading.incoming.request_id)
        await reply(connection, reading.incoming, sentence, RequestType.FAILED, end=WorkEnd.FAILED)


async def _tell_unread(reading: Reading, error: Exception) -> None:
    """Say once that the message is read later, where that is so, unless a stop came after it."""
    sentence = next((said for kind, said in _LATER.items() if isinstance(error, kind)), None)
    if sentence is None:
        return
    sid, reason = reading.incoming.message_sid, type(error).__name__
    log.warning("message %s is read later: %s: %s", sid, reason, error)
    key = f"{reading.incoming.request_id}:unread"
    async with reading.handling() as connection:
        await say(
            connection,
            reading.incoming,
            sentence,
            kind=MessageKind.UNREAD,
            dedupe_key=key,
        )
