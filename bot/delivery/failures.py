"""What becomes of a message whose attempt has failed, by what Twilio says of that.

It is given up, visibly, or waits: for its next attempt, for its user to write, or for the end of
the halt. What Twilio refuses twice lets those behind it pass while it waits.
"""

import logging
from typing import Literal

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.delivery import attempts, circuit_breaker, recipients, window
from bot.delivery.outbox import OutboxMessage
from bot.delivery.outcome import Outcome
from bot.delivery.retry_policy import SendPolicy
from bot.delivery.states import State
from bot.twilio.client import SendFailure
from bot.twilio.error_codes import ErrorClass

# Given up for the time being: what matters is owed, as after a callback that says so.
_MAY_PASS = {
    ErrorClass.REFUSED,
    ErrorClass.MISCONFIGURED,
    ErrorClass.PASSING,
    ErrorClass.AMBIGUOUS,  # looked for at Twilio in the end and not there, or to be looked for
}

# Refused for themselves or for a while, while others may get through.
_LETS_PASS = {ErrorClass.REFUSED, ErrorClass.PASSING}
_REFUSALS_IN_ORDER = 2

log = logging.getLogger(__name__)


class Failures:
    """Stores what follows from a failed attempt."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection], policy: SendPolicy) -> None:
        self._pool = pool
        self._policy = policy

    async def handle(self, message: OutboxMessage, failure: SendFailure) -> Outcome:
        """Do what the verdict on the failure asks for."""
        match failure.verdict:
            case ErrorClass.UNAUTHORIZED:
                return await self._halt(message, failure)
            case ErrorClass.UNWANTED:
                return await self._suppress(message, failure)
            case ErrorClass.WINDOW_CLOSED:
                return await self.hold_back(message, failure)
            case ErrorClass.PERMANENT | ErrorClass.NO_SUCH_CONTENT if message.as_template:
                log.error("the template is of no use: %s", failure.message)
                return await self.hold_back(message, failure)
            case ErrorClass.PERMANENT | ErrorClass.NO_SUCH_CONTENT:
                return await self.give_up(message, failure)
        backoff = self._policy.backoffs[failure.verdict]
        if failure.verdict is ErrorClass.MISCONFIGURED:
            log.critical("Twilio refuses all our messages: %s", failure.message)
        if failure.verdict is not ErrorClass.AMBIGUOUS and message.attempts >= backoff.attempts:
            return await self.give_up(message, failure)
        seconds = backoff.seconds(message.attempts)
        if failure.may_be_under_way:  # to look for it before that would prove nothing
            seconds = max(seconds, self._policy.attempt_timeout)
        if (
            failure.verdict in _LETS_PASS
            and message.attempts >= _REFUSALS_IN_ORDER
            and seconds >= self._policy.longest_holding
        ):
            return await self._let_pass(message, seconds, failure)
        return await self.wait(message, seconds, failure)

    async def _halt(self, message: OutboxMessage, failure: SendFailure) -> Outcome:
        """Stop everybody's sender until our credentials are accepted again."""
        async with self._pool.connection() as connection, connection.transaction():
            await circuit_breaker.begin(connection, error_code=failure.code, reason=failure.message)
            await attempts.put_back(
                connection, message, error_code=failure.code, error_message=failure.message
            )
        return _failing("queued", failure, goes_on=False)

    async def _suppress(self, message: OutboxMessage, failure: SendFailure) -> Outcome:
        """Send this user nothing more: they have blocked us, or told Twilio so."""
        async with self._pool.connection() as connection, connection.transaction():
            await recipients.suppress_contact(connection, message.user_id, "blocked")
            await attempts.suppress(
                connection, message, error_code=failure.code, error_message=failure.message
            )
        log.warning("user %s gets nothing more: %s", message.user_id, failure.message)
        return _failing("suppressed", failure)

    async def hold_back(
        self, message: OutboxMessage, failure: SendFailure | None = None
    ) -> Outcome:
        """Let the message wait until the user writes, or go out as a template next."""
        code = failure.code if failure else None
        async with self._pool.connection() as connection, connection.transaction():
            if failure is not None:
                await window.close(connection, message.user_id, message.id)
            await attempts.hold_back(
                connection,
                message,
                error_code=code,
                error_message=failure.message if failure else None,
            )
        return _failing("waiting_for_window", failure)

    async def _let_pass(
        self, message: OutboxMessage, seconds: float, failure: SendFailure
    ) -> Outcome:
        """Let it wait for a while in which those behind it are sent."""
        _note_wait(message, seconds, failure)
        async with self._pool.connection() as connection:
            await attempts.let_pass(
                connection,
                message,
                seconds=seconds,
                error_code=failure.code,
                error_message=failure.message,
            )
        return Outcome(state="queued", error_code=failure.code)

    async def wait(self, message: OutboxMessage, seconds: float, failure: SendFailure) -> Outcome:
        """Let it wait for its next attempt, and with it all that is behind it."""
        state: Literal["queued", "uncertain"] = (
            "uncertain" if failure.verdict is ErrorClass.AMBIGUOUS else "queued"
        )
        _note_wait(message, seconds, failure)
        async with self._pool.connection() as connection:
            await attempts.postpone(
                connection,
                message,
                state=state,
                seconds=seconds,
                error_code=failure.code,
                error_message=failure.message,
            )
        return _failing(state, failure, goes_on=False)

    async def give_up(
        self, message: OutboxMessage, failure: SendFailure, *, may_be_out: bool = False
    ) -> Outcome:
        """Let it have failed, visibly; what matters is owed where the reason may pass."""
        log.error(
            "message %s (%s) failed at attempt %s: %s",
            message.id,
            message.kind,
            message.attempts,
            failure.message,
        )
        async with self._pool.connection() as connection:
            await attempts.fail(
                connection,
                message,
                error_code=failure.code,
                error_message=failure.message,
                may_pass=failure.verdict in _MAY_PASS,
                may_be_out=may_be_out,
            )
        return _failing("failed", failure)


def _failing(state: State, failure: SendFailure | None, *, goes_on: bool = True) -> Outcome:
    if failure is None:
        return Outcome(state=state, goes_on=goes_on)
    return Outcome(
        state=state, error_code=failure.code, error_message=failure.message, goes_on=goes_on
    )


def _note_wait(message: OutboxMessage, seconds: float, failure: SendFailure) -> None:
    log.warning(
        "message %s waits %.1f s after attempt %s: %s",
        message.id,
        seconds,
        message.attempts,
        failure.message,
    )


def doubtful(reason: str) -> SendFailure:
    """Nobody knows whether the message is out."""
    return SendFailure(verdict=ErrorClass.AMBIGUOUS, code=None, message=reason)


def lost(reason: str) -> SendFailure:
    """The message will never be out."""
    return SendFailure(verdict=ErrorClass.PERMANENT, code=None, message=reason)
