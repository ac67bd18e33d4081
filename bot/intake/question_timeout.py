"""Nobody has answered a question of the crew in time, so the build goes on with the defaults.

The question's time begins when it is out. What was written in time may be the answer: the build
waits for what is not read yet, and Twilio is asked for what an outage of ours has kept from us.
"""

import asyncio
from uuid import UUID

from cryptography.fernet import InvalidToken
from psycopg import AsyncConnection

from bot.builds import questions
from bot.builds.questions import Asking
from bot.delivery.outbox import enqueue
from bot.errors import TwilioUnavailable
from bot.intake.reconcile import fetch_from
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.identity import decrypt_address
from bot.requests.lifecycle import in_request, load_request
from bot.services import Services

MOST_IN_VAIN = 20  # looks at Twilio's list, one after the other, before it is done without


async def answer_with_defaults(services: Services, build_id: UUID, *, in_vain: int = 0) -> None:
    """Take the defaults, say so, and resume the build; nothing if it does not wait any more.

    Where that is put off, it comes back. `in_vain` is how often in a row Twilio was asked before
    and did not answer.
    """
    async with services.pool.connection() as connection, connection.transaction():
        if await _is_too_early(services, connection, build_id):
            return
        asked = await questions.find_asked(connection, build_id)
    if asked is None:
        return  # forgotten meanwhile
    try:
        is_to_come = await _is_answer_to_come(services, asked)
        in_vain = 0
    except TwilioUnavailable:
        is_to_come = in_vain < MOST_IN_VAIN
        in_vain += 1
    async with services.pool.connection() as connection:
        request = await load_request(connection, asked.request_id)
    if request is None:
        return
    with in_request(request):
        async with services.pool.connection() as connection, connection.transaction():
            if await _is_too_early(services, connection, build_id):
                return
            if is_to_come:
                await questions.wait_for_twilio(connection, build_id, in_vain=in_vain)
                return
            unanswered = await questions.find_unanswered(connection, build_id)
            taken = await questions.take_defaults(connection, build_id)
            if unanswered is not None:
                await enqueue(
                    connection,
                    user_id=request.user_id,
                    request_id=request.request_id,
                    kind=MessageKind.DEFAULTS,
                    body=conversation_texts.defaults_taken(
                        [f"{question} *{default}*" for question, default in taken]
                    ),
                    dedupe_key=f"{unanswered.question_id}:{MessageKind.DEFAULTS}",
                )
            await questions.resume(connection, build_id)


async def _is_too_early(services: Services, connection: AsyncConnection, build_id: UUID) -> bool:
    """Whether the build waits for longer or not at all; nobody else resumes it meanwhile."""
    seconds = services.settings.crew.question_timeout_seconds
    return (
        await questions.lock_waiting(connection, build_id) != "timed_out"
        or await questions.wait_for_delivery(connection, build_id, seconds=seconds)
        or await questions.wait_for_reader(connection, build_id)
    )


async def _is_answer_to_come(services: Services, asked: Asking) -> bool:
    """Whether Twilio has something of the user that the webhook may still bring.

    What it ought to have brought is taken in. Raises `TwilioUnavailable`.
    """
    try:
        address = decrypt_address(services.settings.identity, asked.address_encrypted)
    except InvalidToken:  # under another CONTACT_KEY: nothing reaches them
        return False
    return await asyncio.to_thread(
        fetch_from, services.settings, services.twilio, address, since=asked.asked_at
    )
