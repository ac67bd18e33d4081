"""When a job that failed is tried again."""

import asyncio
from dataclasses import dataclass

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from bot.database.outage import OUTAGE
from bot.errors import (
    AttachmentDelayed,
    ContextExceeded,
    ModelBusy,
    ModelMisconfigured,
    ModelRefused,
    MovesOn,
    TranscriptionMisconfigured,
    TranscriptLost,
    VoiceUnavailable,
)
from bot.intake.set_aside import ASIDE_LANE

# What no repetition helps.
_PERMANENT = (ContextExceeded, ModelMisconfigured, ModelRefused, TranscriptionMisconfigured)


@dataclass(frozen=True, kw_only=True)
class JobBackoff(BaseRetryStrategy):
    """Waits that double from `first` to `longest` seconds, over at most `attempts` runs.

    While the database is in trouble there are at least `outage_attempts` runs, and while the model,
    or who hears voice notes, does not answer `busy_attempts` with waits up to `longest_busy`:
    nothing else can be done then, and it passes. There are `late_attempts` where each may cost, or
    keeps from being read what may be read. A job that waits keeps the next ones of its lock waiting
    too, but one with a voice note waits beside them.
    """

    attempts: int
    first: float
    longest: float
    outage_attempts: int = 0
    late_attempts: int = 0
    busy_attempts: int = 0
    longest_busy: float = 0

    def is_last(self, job: Job, failure: BaseException) -> bool:
        """Whether the run of `job` that ends with this failure is the last one."""
        if isinstance(failure, _PERMANENT):
            return True
        allowed = self.attempts
        if isinstance(failure, OUTAGE):  # a deadlock, too
            allowed = max(allowed, self.outage_attempts)
        elif isinstance(failure, TranscriptLost | AttachmentDelayed):
            allowed = max(allowed, self.late_attempts)
        elif isinstance(failure, ModelBusy | VoiceUnavailable):
            allowed = max(allowed, self.busy_attempts)
        return job.attempts + 1 >= allowed

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide for Procrastinate; None means that the job has failed."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})  # this process stops, another may go on
        if isinstance(exception, MovesOn):
            return RetryDecision(retry_in={"seconds": 0}, queue=exception.queue)
        if self.is_last(job, exception):
            return None
        longest = self.longest
        if isinstance(exception, ModelBusy | VoiceUnavailable | AttachmentDelayed):
            longest = max(longest, self.longest_busy)
        seconds = min(longest, self.first * 2 ** min(job.attempts, 30))
        return RetryDecision(
            retry_in={"milliseconds": round(seconds * 1000)},
            lock=ASIDE_LANE if isinstance(exception, VoiceUnavailable) else None,
        )


# A user waits for the answer: two short waits, then the last run tells them. When it is the model
# that does not answer, or who hears voice notes, they are told at once, and are read within hours
# after all; files, and what was sent to be heard and lost, are tried for some minutes.
CONVERSATION = JobBackoff(
    attempts=3,
    first=0.5,
    longest=2,
    outage_attempts=60,
    late_attempts=10,
    busy_attempts=200,
    longest_busy=60,
)

# The outbox schedules its own retries; these are for failures on our side.
DELIVERY = JobBackoff(attempts=12, first=1, longest=60)

# A build counts its attempts without progress itself, and ends long before this does.
BUILD = JobBackoff(attempts=200, first=1, longest=60)
