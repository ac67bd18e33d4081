"""How long the sender waits, and how often it tries before a message is given up."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.twilio.error_codes import ErrorClass


@dataclass(frozen=True, kw_only=True)
class RetryDelays:
    """Waits that double from `first` up to `longest` seconds, and the number of attempts."""

    first: float
    longest: float
    attempts: int

    def seconds(self, attempt: int) -> float:
        """Return the wait after the given attempt (from 1), at random from half of it to all."""
        doubled = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return doubled * random.uniform(0.5, 1.0)


# The other verdicts end a message, or let it wait for something that is not time.
BACKOFFS: Mapping[ErrorClass, RetryDelays] = MappingProxyType(
    {
        ErrorClass.REFUSED: RetryDelays(first=2, longest=300, attempts=20),  # about an hour
        ErrorClass.MISCONFIGURED: RetryDelays(
            first=60, longest=900, attempts=24
        ),  # about four hours
        ErrorClass.PASSING: RetryDelays(first=30, longest=1800, attempts=8),  # about an hour
        ErrorClass.AMBIGUOUS: RetryDelays(first=6, longest=300, attempts=10),
    }
)


@dataclass(frozen=True, kw_only=True)
class SendPolicy:
    """How long the sender waits for what, in seconds."""

    # A message waits at most this long for the one before it to leave Twilio: callbacks may never
    # come.
    confirmation_timeout: float = 3.0
    confirmation_poll: float = 0.05  # between two looks whether it has
    # A claimed message is sent within this time or not at all, so that a sender that was frozen for
    # longer does not send what another one has taken over.
    claim_timeout: float = 5.0
    # After this time an attempt cannot be under way any more: the claim, connecting, waiting for
    # the answer, and a margin.
    attempt_timeout: float = 30.0
    # A message that was refused twice lets those behind it pass, unless it is tried again sooner.
    longest_holding: float = 2.0
    # So long Twilio is asked in vain whether it got a message; then that is given up.
    lookup_deadline: float = 24 * 3600.0
    # So long a sender waits for a slot of our number with the message in its hands.
    longest_slot_wait: float = 1.0
    # How far Twilio's clock may be behind ours.
    clock_skew: float = 60.0
    backoffs: Mapping[ErrorClass, RetryDelays] = field(default_factory=lambda: BACKOFFS)


SEND_POLICY = SendPolicy()
