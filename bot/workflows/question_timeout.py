"""The end of a build's patience: nobody has answered, so it goes on with the defaults.

What was written in time and could not be read yet may be the answer; the build waits for that.
"""

from uuid import UUID

from bot.builds import questions
from bot.delivery.outbox import enqueue
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.lifecycle import in_request, load_request
from bot.services import Services


async def answer_with_defaults(services: Services, build_id: UUID) -> None:
    """Take the defaults, say so, and wake the build; nothing if it does not wait any more."""
    async with services.pool.connection() as connection:
        request_id = await questions.find_waiting_request(connection, build_id)
        request = await load_request(connection, request_id) if request_id else None
    if request is None:
        return  # forgotten meanwhile
    with in_request(request):
        async with services.pool.connection() as connection, connection.transaction():
            if not await questions.lock_waiting(connection, build_id):
                return
            if await questions.wait_for_reader(connection, build_id):
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
                        [f"{asked} *{taken}*" for asked, taken in taken]
                    ),
                    dedupe_key=f"{unanswered.question_id}:{MessageKind.DEFAULTS}",
                )
            await questions.wake(connection, build_id)
