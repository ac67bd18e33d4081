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
    """The sender's waits, in seconds.

    - `confirmation`: at most this long a message waits for the one before it to leave Twilio,
      since callbacks may never come; looked up every `glance`.
    - `claim`: a claimed message is sent within this time or not at all, so that a sender that was
      frozen for longer does not send what another one has taken over.
    - `attempt`: after this time an attempt cannot be under way any more: the claim, connecting,
      waiting for the answer, and a margin.
    - `holding`: a message that was refused twice lets those behind it pass, unless it is tried
      again within this time.
    - `doubt`: so long Twilio is asked in vain whether it got a message, then it is given up.
    - `slot`: so long a sender waits for a slot of our number with the message in its hands.
    - `clocks`: how far Twilio's clock may be behind ours.
    """

    confirmation: float = 3.0
    glance: float = 0.05
    claim: float = 5.0
    attempt: float = 30.0
    holding: float = 2.0
    doubt: float = 24 * 3600.0
    slot: float = 1.0
    clocks: float = 60.0
    backoffs: Mapping[ErrorClass, RetryDelays] = field(default_factory=lambda: BACKOFFS)


PATIENCE = SendPolicy()
