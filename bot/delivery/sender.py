"""Sends what waits in the outbox for one user: in order, each once, or visibly failed.

A message is claimed, committed as `sending`, handed to Twilio and noted as `sent`. If the process
dies in between, or Twilio's answer does not come, nobody knows whether the message is out, and
Twilio has no idempotency key: the next sender looks for it among what Twilio got for this user,
and sends it again only if it is not there. What follows from a failure: `bot.delivery.failures`.
"""

import asyncio
import logging
import random
import time
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from cryptography.fernet import InvalidToken

from bot.delivery import attempts, outbox, window
from bot.delivery.attempts import NoSlot
from bot.delivery.failures import Failures, doubtful, lost
from bot.delivery.outbox import OutboxMessage
from bot.delivery.outcome import Outcome
from bot.delivery.rendering import Renderer
from bot.delivery.retry_policy import SEND_POLICY, SendPolicy
from bot.delivery.states import State
from bot.errors import TwilioUnavailable
from bot.requests.closing import close_if_finished
from bot.requests.identity import decrypt_address
from bot.requests.lifecycle import in_request, load_request
from bot.services import Services
from bot.twilio.client import Outgoing, SendFailure, SentMessage
from bot.twilio.error_codes import ErrorClass
from telemetry.corrections import current_span
from telemetry.spans import trace_delivery

log = logging.getLogger(__name__)


async def deliver_pending(
    services: Services, user_id: str, *, policy: SendPolicy = SEND_POLICY
) -> None:
    """Send the user's messages until none is left or the first one has to wait.

    Whoever makes a message wait has scheduled the job that comes back for it.
    """
    sender = _Sender(services, policy)
    while await sender.deliver_next(user_id):
        pass
    async with services.pool.connection() as connection:
        for request_id in await outbox.find_ended_requests(connection, user_id):
            await close_if_finished(connection, request_id)


class _Sender:
    def __init__(self, services: Services, policy: SendPolicy) -> None:
        self._settings = services.settings
        self._pool = services.pool
        self._twilio = services.twilio
        self._policy = policy
        self._failures = Failures(services.pool, policy)
        self._renderer = Renderer(services.settings, services.pool, services.twilio)

    async def deliver_next(self, user_id: str) -> bool:
        """Deliver the user's next message; False when there is none or it has to wait."""
        async with self._pool.connection() as connection:
            message = await outbox.find_next(
                connection,
                user_id,
                confirmation=self._policy.confirmation_timeout,
                pair_interval=self._settings.twilio.pair_interval_seconds,
                has_template=self._settings.twilio.template_sid is not None,
            )
            if message is None or not message.is_due or message.is_halted:
                return False
            if message.state == "waiting_for_window" and not message.window_is_closed:
                await window.release(connection, user_id)
                return True
            in_flight = message.state in {"sending", "uncertain"}
            if message.pause_seconds > 0 and not (in_flight or message.is_unwanted):
                await attempts.postpone(
                    connection,
                    message,
                    state=_resting(message.state),
                    seconds=message.pause_seconds,
                )
                return False
            if not message.is_one_on_its_way:
                request = await load_request(connection, message.request_id)
        if message.is_one_on_its_way:  # Twilio keeps no order between two messages
            await asyncio.sleep(self._policy.confirmation_poll)
            return True
        if request is None:  # forgotten this very moment, and its messages with it
            return True
        delivery = trace_delivery(kind=message.kind, part=message.part, parts=message.parts)
        with in_request(request), delivery as span:
            outcome = await self._deliver(message)
            outcome.note_on(span)
        return outcome.goes_on

    async def _deliver(self, message: OutboxMessage) -> Outcome:
        try:
            address = decrypt_address(self._settings.identity, message.address_encrypted)
        except InvalidToken:
            return await self._failures.give_up(
                message, lost("the address is under another CONTACT_KEY")
            )
        if message.state in {"sending", "uncertain"}:
            settled = await self._settle(message, address)
            if settled is not None:
                return settled
        if message.is_unwanted:
            async with self._pool.connection() as connection:
                await attempts.suppress(connection, message)
            return Outcome(state="suppressed")
        if message.window_is_closed and self._settings.twilio.template_sid is None:
            return await self._failures.hold_back(message)
        return await self._attempt(message, address)

    async def _settle(self, message: OutboxMessage, address: str) -> Outcome | None:
        """Find out what became of the last attempt; None says that the message is not out."""
        policy, backoff = self._policy, self._policy.backoffs[ErrorClass.AMBIGUOUS]
        try:
            sent = await self._find_sent(message, address)
        except TwilioUnavailable as error:
            if message.idle_seconds > policy.lookup_deadline:
                return await self._failures.give_up(
                    message, doubtful("nobody knows whether it was sent"), may_be_out=True
                )
            doubling = min(max(message.idle_seconds, backoff.first), backoff.longest)
            return await self._failures.wait(message, doubling, doubtful(str(error)))
        if sent is not None:
            return await self._note_accepted(message, sent)
        still_under_way = policy.attempt_timeout - message.idle_seconds
        if message.state == "sending" and still_under_way > 0:
            return await self._failures.wait(
                message, still_under_way, doubtful("it may be under way")
            )
        if message.attempts >= backoff.attempts:
            return await self._failures.give_up(message, doubtful("no attempt was answered"))
        return None

    async def _find_sent(self, message: OutboxMessage, address: str) -> SentMessage | None:
        policy = self._policy
        if message.created_at > message.seen_at:  # the clock was set back, nobody knows how far
            since = message.seen_at - timedelta(seconds=policy.lookup_deadline)
        else:
            since = message.created_at - timedelta(seconds=policy.clock_skew)
        attempted = self._renderer.render_attempted(message)
        candidates = await self._twilio.find_sent(address, since, attempted)
        async with self._pool.connection() as connection:
            others = await attempts.find_claimed_sids(connection, [sent.sid for sent in candidates])
        return next((sent for sent in candidates if sent.sid not in others), None)

    async def _attempt(self, message: OutboxMessage, address: str) -> Outcome:
        outgoing = await self._renderer.render(
            replace(message, as_template=message.window_is_closed)
        )
        in_time = time.monotonic() + self._policy.claim_timeout
        async with self._pool.connection() as connection:
            claimed = await attempts.claim(
                connection,
                message,
                as_template=outgoing.is_template,
                per_second=self._settings.twilio.sender_rate_per_second,
                longest_wait=self._policy.longest_slot_wait,
            )
            if isinstance(claimed, NoSlot):
                seconds = claimed.seconds * random.uniform(0.5, 1.0)
                await attempts.postpone(
                    connection, message, state=_resting(message.state), seconds=seconds
                )
                return Outcome(state=message.state, goes_on=False)
        if claimed is None:  # another sender was faster: look again at what it does
            return Outcome(state="sending")
        mine, seconds = claimed
        await asyncio.sleep(seconds)
        answer = await self._twilio.send(address, outgoing, before=in_time)
        if _has_lost_its_buttons(outgoing, answer):
            words = await self._renderer.render_in_words(message, outgoing)
            answer = await self._twilio.send(address, words, before=in_time)
        match answer:
            case SentMessage():
                return await self._note_accepted(mine, answer)
            case SendFailure():
                return await self._failures.handle(mine, answer)

    async def _note_accepted(self, message: OutboxMessage, sent: SentMessage) -> Outcome:
        accepted_at = time.time_ns()
        async with self._pool.connection() as connection:
            state = await attempts.note_accepted(
                connection,
                message,
                provider_sid=sent.sid,
                status=sent.status,
                span=current_span(),
            )
            is_forgotten = (
                state is None and await load_request(connection, message.request_id) is None
            )
        if state is None:
            if not is_forgotten:
                log.error("message %s was taken over while it was sent", message.id)
            return Outcome(state="sent", goes_on=False)
        return Outcome(state=state, accepted_at=accepted_at)


def _has_lost_its_buttons(outgoing: Outgoing, answer: SentMessage | SendFailure) -> bool:
    """Tell whether Twilio has no Content for the choices any more: somebody has deleted it."""
    return (
        isinstance(answer, SendFailure)
        and answer.verdict is ErrorClass.NO_SUCH_CONTENT
        and not outgoing.is_template
    )


def _resting(state: State) -> Literal["queued", "uncertain", "waiting_for_window"]:
    """The state in which a message waits that was not attempted after all."""
    return state if state in ("uncertain", "waiting_for_window") else "queued"
