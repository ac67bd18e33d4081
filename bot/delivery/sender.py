"""Sends what waits in the outbox for one user: in order, each once, or visibly failed.

A message is claimed, committed as `sending`, handed to Twilio and noted as `sent`. If the process
dies in between, or Twilio's answer does not come, nobody knows whether the message is out, and
Twilio has no idempotency key: the next sender looks for it among what Twilio got for this user,
and sends it again only if it is not there. One that Twilio refuses twice lets those behind it pass
while it waits.
"""

import asyncio
import logging
import random
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from cryptography.fernet import InvalidToken
from logfire import LogfireSpan

from bot.delivery import circuit_breaker, outbox, window
from bot.delivery.outbox import NoSlot, OutboxMessage
from bot.delivery.rendering import Renderer
from bot.delivery.retry_policy import SEND_POLICY, SendPolicy
from bot.delivery.states import State
from bot.errors import TwilioUnavailable
from bot.requests.identity import decrypt_address
from bot.requests.lifecycle import close_if_finished, in_request, load_request
from bot.services import Services
from bot.twilio.client import Outgoing, SendFailure, SentMessage
from bot.twilio.error_codes import ErrorClass
from telemetry.corrections import current_span
from telemetry.privacy import redact
from telemetry.spans import trace_delivery
from telemetry.tracing import end_as_of, mark_failed

# Given up for the time being: what matters is owed, as after a callback that says so.
_MAY_PASS = {
    ErrorClass.REFUSED,
    ErrorClass.MISCONFIGURED,
    ErrorClass.PASSING,
    ErrorClass.AMBIGUOUS,  # looked for at Twilio in the end, and not there
}

# Refused for themselves or for a while, while others may get through.
_LETS_PASS = {ErrorClass.REFUSED, ErrorClass.PASSING}
_REFUSALS_IN_ORDER = 2

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


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """How a message stands now, and whether the next one may be looked at.

    `accepted_at` (ns since the epoch) lies before the moment from which on others may hear what
    became of the message, and tell it.
    """

    state: State
    accepted_at: int | None = None
    error_code: int | None = None
    error_message: str | None = None
    goes_on: bool = True


class _Sender:
    def __init__(self, services: Services, policy: SendPolicy) -> None:
        self._settings = services.settings
        self._pool = services.pool
        self._twilio = services.twilio
        self._policy = policy
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
                await outbox.postpone(
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
            _trace(span, outcome)
        return outcome.goes_on

    async def _deliver(self, message: OutboxMessage) -> _Outcome:
        try:
            address = decrypt_address(self._settings.identity, message.address_encrypted)
        except InvalidToken:
            return await self._give_up(message, _lost("the address is under another CONTACT_KEY"))
        if message.state in {"sending", "uncertain"}:
            settled = await self._settle(message, address)
            if settled is not None:
                return settled
        if message.is_unwanted:
            async with self._pool.connection() as connection:
                await outbox.suppress(connection, message)
            return _Outcome(state="suppressed")
        if message.window_is_closed and self._settings.twilio.template_sid is None:
            return await self._hold_back(message)
        return await self._attempt(message, address)

    async def _settle(self, message: OutboxMessage, address: str) -> _Outcome | None:
        """Find out what became of the last attempt; None says that the message is not out."""
        policy, backoff = self._policy, self._policy.backoffs[ErrorClass.AMBIGUOUS]
        try:
            sent = await self._find_sent(message, address)
        except TwilioUnavailable as error:
            if message.idle_seconds > policy.lookup_deadline:
                return await self._give_up(message, _lost("nobody knows whether it was sent"))
            doubling = min(max(message.idle_seconds, backoff.first), backoff.longest)
            return await self._wait(message, doubling, _doubtful(str(error)))
        if sent is not None:
            return await self._note_accepted(message, sent)
        still_under_way = policy.attempt_timeout - message.idle_seconds
        if message.state == "sending" and still_under_way > 0:
            return await self._wait(message, still_under_way, _doubtful("it may be under way"))
        if message.attempts >= backoff.attempts:
            return await self._give_up(message, _doubtful("no attempt was answered"))
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
            others = await outbox.find_claimed_sids(connection, [sent.sid for sent in candidates])
        return next((sent for sent in candidates if sent.sid not in others), None)

    async def _attempt(self, message: OutboxMessage, address: str) -> _Outcome:
        outgoing = await self._renderer.render(
            replace(message, as_template=message.window_is_closed)
        )
        in_time = time.monotonic() + self._policy.claim_timeout
        async with self._pool.connection() as connection:
            claimed = await outbox.claim(
                connection,
                message,
                as_template=outgoing.is_template,
                per_second=self._settings.twilio.sender_rate_per_second,
                longest_wait=self._policy.longest_slot_wait,
            )
            if isinstance(claimed, NoSlot):
                seconds = claimed.seconds * random.uniform(0.5, 1.0)
                await outbox.postpone(
                    connection, message, state=_resting(message.state), seconds=seconds
                )
                return _Outcome(state=message.state, goes_on=False)
        if claimed is None:  # another sender was faster: look again at what it does
            return _Outcome(state="sending")
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
                return await self._note_failure(mine, answer)

    async def _note_accepted(self, message: OutboxMessage, sent: SentMessage) -> _Outcome:
        accepted_at = time.time_ns()
        async with self._pool.connection() as connection:
            state = await outbox.note_accepted(
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
            return _Outcome(state="sent", goes_on=False)
        return _Outcome(state=state, accepted_at=accepted_at)

    async def _note_failure(self, message: OutboxMessage, failure: SendFailure) -> _Outcome:
        match failure.verdict:
            case ErrorClass.UNAUTHORIZED:
                return await self._halt(message, failure)
            case ErrorClass.UNWANTED:
                return await self._suppress(message, failure)
            case ErrorClass.WINDOW_CLOSED:
                return await self._hold_back(message, failure)
            case ErrorClass.PERMANENT | ErrorClass.NO_SUCH_CONTENT if message.as_template:
                log.error("the template is of no use: %s", failure.message)
                return await self._hold_back(message, failure)
            case ErrorClass.PERMANENT | ErrorClass.NO_SUCH_CONTENT:
                return await self._give_up(message, failure)
        backoff = self._policy.backoffs[failure.verdict]
        if failure.verdict is ErrorClass.MISCONFIGURED:
            log.critical("Twilio refuses all our messages: %s", failure.message)
        if failure.verdict is not ErrorClass.AMBIGUOUS and message.attempts >= backoff.attempts:
            return await self._give_up(message, failure)
        seconds = backoff.seconds(message.attempts)
        if failure.may_be_under_way:  # to look for it before that would prove nothing
            seconds = max(seconds, self._policy.attempt_timeout)
        if (
            failure.verdict in _LETS_PASS
            and message.attempts >= _REFUSALS_IN_ORDER
            and seconds >= self._policy.longest_holding
        ):
            return await self._let_pass(message, seconds, failure)
        return await self._wait(message, seconds, failure)

    async def _halt(self, message: OutboxMessage, failure: SendFailure) -> _Outcome:
        """Stop everybody's sender until our credentials are accepted again."""
        async with self._pool.connection() as connection, connection.transaction():
            await circuit_breaker.begin(connection, error_code=failure.code, reason=failure.message)
            await outbox.put_back(
                connection, message, error_code=failure.code, error_message=failure.message
            )
        return _failing("queued", failure, goes_on=False)

    async def _suppress(self, message: OutboxMessage, failure: SendFailure) -> _Outcome:
        """Send this user nothing more: they have blocked us, or told Twilio so."""
        async with self._pool.connection() as connection, connection.transaction():
            await outbox.suppress_contact(connection, message.user_id, "blocked")
            await outbox.suppress(
                connection, message, error_code=failure.code, error_message=failure.message
            )
        log.warning("user %s gets nothing more: %s", message.user_id, failure.message)
        return _failing("suppressed", failure)

    async def _hold_back(
        self, message: OutboxMessage, failure: SendFailure | None = None
    ) -> _Outcome:
        """Let the message wait until the user writes, or go out as a template next."""
        code = failure.code if failure else None
        async with self._pool.connection() as connection, connection.transaction():
            if failure is not None:
                await outbox.close_window(connection, message)
            await outbox.hold_back(
                connection,
                message,
                error_code=code,
                error_message=failure.message if failure else None,
            )
        return _failing("waiting_for_window", failure)

    async def _let_pass(
        self, message: OutboxMessage, seconds: float, failure: SendFailure
    ) -> _Outcome:
        """Let it wait for a while in which those behind it are sent."""
        _note_wait(message, seconds, failure)
        async with self._pool.connection() as connection:
            await outbox.let_pass(
                connection,
                message,
                seconds=seconds,
                error_code=failure.code,
                error_message=failure.message,
            )
        return _Outcome(state="queued", error_code=failure.code)

    async def _wait(self, message: OutboxMessage, seconds: float, failure: SendFailure) -> _Outcome:
        state: Literal["queued", "uncertain"] = (
            "uncertain" if failure.verdict is ErrorClass.AMBIGUOUS else "queued"
        )
        _note_wait(message, seconds, failure)
        async with self._pool.connection() as connection:
            await outbox.postpone(
                connection,
                message,
                state=state,
                seconds=seconds,
                error_code=failure.code,
                error_message=failure.message,
            )
        return _failing(state, failure, goes_on=False)

    async def _give_up(self, message: OutboxMessage, failure: SendFailure) -> _Outcome:
        log.error(
            "message %s (%s) failed at attempt %s: %s",
            message.id,
            message.kind,
            message.attempts,
            failure.message,
        )
        async with self._pool.connection() as connection:
            await outbox.fail(
                connection,
                message,
                error_code=failure.code,
                error_message=failure.message,
                may_pass=failure.verdict in _MAY_PASS,
            )
        return _failing("failed", failure)


def _trace(span: LogfireSpan, outcome: _Outcome) -> None:
    # Twilio may have said all before we noted that it has the message; read is delivered.
    state = "delivered" if outcome.state == "read" else outcome.state
    span.set_attribute("delivery_status", state)
    if outcome.error_code is not None:
        span.set_attribute("error_code", outcome.error_code)
    if outcome.error_message is not None:
        span.set_attribute("error_message", redact(outcome.error_message))
    if outcome.state == "failed":
        mark_failed(span, "the message failed")
    if outcome.accepted_at is not None:
        end_as_of(span, outcome.accepted_at)


def _failing(state: State, failure: SendFailure | None, *, goes_on: bool = True) -> _Outcome:
    if failure is None:
        return _Outcome(state=state, goes_on=goes_on)
    return _Outcome(
        state=state, error_code=failure.code, error_message=failure.message, goes_on=goes_on
    )


def _has_lost_its_buttons(outgoing: Outgoing, answer: SentMessage | SendFailure) -> bool:
    """Tell whether Twilio has no Content for the choices any more: somebody has deleted it."""
    return (
        isinstance(answer, SendFailure)
        and answer.verdict is ErrorClass.NO_SUCH_CONTENT
        and not outgoing.is_template
    )


def _note_wait(message: OutboxMessage, seconds: float, failure: SendFailure) -> None:
    log.warning(
        "message %s waits %.1f s after attempt %s: %s",
        message.id,
        seconds,
        message.attempts,
        failure.message,
    )


def _resting(state: State) -> Literal["queued", "uncertain", "waiting_for_window"]:
    """The state in which a message waits that was not attempted after all."""
    return state if state in ("uncertain", "waiting_for_window") else "queued"


def _doubtful(reason: str) -> SendFailure:
    return SendFailure(verdict=ErrorClass.AMBIGUOUS, code=None, message=reason)


def _lost(reason: str) -> SendFailure:
    return SendFailure(verdict=ErrorClass.PERMANENT, code=None, message=reason)
