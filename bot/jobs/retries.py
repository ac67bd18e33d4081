"""When a job that failed is tried again."""

import asyncio
from dataclasses import dataclass

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job
from psycopg.errors import ForeignKeyViolation

from bot.database.outage import OUTAGE
from bot.errors import (
    AttachmentDelayed,
    ContextExceeded,
    ModelBusy,
    ModelMisconfigured,
    ModelRefused,
    MovesOn,
    TranscriptionMisconfigured,
    VoiceGivenUp,
    VoiceUnavailable,
)
from bot.intake.lock_kinds import LockKind

# What no repetition helps.
_PERMANENT = (
    ContextExceeded,
    ModelMisconfigured,
    ModelRefused,
    TranscriptionMisconfigured,
    VoiceGivenUp,
)


@dataclass(frozen=True, kw_only=True)
class JobBackoff(BaseRetryStrategy):
    """Waits in seconds, each twice as long as the one before it, and how many runs there are.

    Whether a run is the last one follows from what it failed of and from the number of runs before
    it, whatever ended those.
    """

    attempts: int
    first: float
    longest: float
    # While the model, or who hears voice notes, does not answer: nothing else can be done, and it
    # passes.
    busy_attempts: int = 0
    longest_busy: float = 0
    # Trouble of the database; it may come on top of that.
    outage_attempts: int = 0
    # A file is not handed over: a job that waits for one keeps the next ones of its lock waiting.
    # A voice note waits beside them, so there it is as while nobody answers.
    file_attempts: int = 0

    def is_last(self, job: Job, failure: BaseException) -> bool:
        """Whether the run of `job` that ends with this failure is the last one."""
        if isinstance(failure, _PERMANENT):
            return True
        allowed = self.attempts
        # A deadlock, too, and a user who was joined with another one meanwhile (`join_users`).
        if isinstance(failure, (*OUTAGE, ForeignKeyViolation)):
            allowed = max(allowed, self.outage_attempts)
        elif isinstance(failure, ModelBusy | VoiceUnavailable):
            allowed = max(allowed, self.busy_attempts)
        elif isinstance(failure, AttachmentDelayed):
            is_aside = lock_kind(job) == LockKind.ASIDE
            allowed = max(allowed, self.busy_attempts if is_aside else self.file_attempts)
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
            lock=LockKind.ASIDE if isinstance(exception, VoiceUnavailable) else None,
        )


def lock_kind(job: Job) -> str:
    """The kind of lock that keeps a job waiting for others: the lock without whose it is."""
    kind, _, _ = (job.lock or "").partition(":")
    return kind


# A user waits for the answer: two short waits, then the last run tells them. When it is the model
# that does not answer, or who hears voice notes, they are told at once, and are read within hours
# after all; files are tried for some minutes.
CONVERSATION = JobBackoff(
    attempts=3,
    first=0.5,
    longest=2,
    outage_attempts=260,
    file_attempts=10,
    busy_attempts=200,
    longest_busy=60,
)

# The outbox schedules its own retries; these are for failures on our side.
DELIVERY = JobBackoff(attempts=12, first=1, longest=60)

# A build counts its attempts without progress itself, and ends long before this does.
BUILD = JobBackoff(attempts=200, first=1, longest=60)
