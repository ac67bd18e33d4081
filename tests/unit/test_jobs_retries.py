"""Which failed jobs run again, and when."""

import asyncio
from datetime import UTC, datetime

import pytest
from procrastinate.jobs import Job
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

from bot.errors import (
    AttachmentDelayed,
    AttachmentUnavailable,
    ContextExceeded,
    ModelBusy,
    ModelMisconfigured,
    ModelRefused,
    TranscriptionMisconfigured,
    TranscriptLost,
    VoiceGivenUp,
    VoiceUnavailable,
)
from bot.intake.lock_kinds import LockKind
from bot.jobs.retries import BUILD, CONVERSATION, JobBackoff

BACKOFF = JobBackoff(attempts=5, first=1, longest=4)


def job(attempts: int, lock: str = "user:u") -> Job:
    return Job(
        id=1,
        queue="conversation",
        lock=lock,
        queueing_lock=None,
        task_name="read_message",
        attempts=attempts,
    )


def seconds_until_retry(backoff: JobBackoff, attempts: int, error: BaseException) -> int | None:
    decision = backoff.get_retry_decision(exception=error, job=job(attempts))
    if decision is None:
        return None
    assert decision.retry_at is not None
    return round((decision.retry_at - datetime.now(UTC)).total_seconds())


def test_waits_double_up_to_the_longest_until_the_last_attempt() -> None:
    waits = [seconds_until_retry(BACKOFF, attempts, ValueError()) for attempts in range(6)]

    assert waits == [1, 2, 4, 4, None, None]


@pytest.mark.parametrize("attempts", [0, 4, 100])
def test_a_job_that_a_stopping_worker_gave_up_runs_again_at_once(attempts: int) -> None:
    assert seconds_until_retry(BACKOFF, attempts, asyncio.CancelledError()) == 0


def test_the_last_conversation_run_knows_that_it_is_the_last() -> None:
    lasts = [
        CONVERSATION.is_last(job(attempts), ValueError())
        for attempts in range(CONVERSATION.attempts)
    ]

    assert lasts == [False, False, True]


def test_a_conversation_is_answered_or_given_up_within_seconds() -> None:
    waits = [seconds_until_retry(CONVERSATION, n, ValueError()) or 0 for n in range(3)]

    assert sum(waits) <= 3


TROUBLE = [PoolTimeout(), DeadlockDetected(), ReadOnlySqlTransaction(), ForeignKeyViolation()]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_conversation_outlives_minutes_of_a_database_in_trouble(trouble: Exception) -> None:
    waits = [seconds_until_retry(CONVERSATION, n, trouble) for n in range(400)]

    assert waits[-1] is None
    assert sum(wait or 0 for wait in waits) >= 300


@pytest.mark.parametrize("trouble", TROUBLE)
def test_no_restart_of_the_database_ends_what_has_waited_for_hours(trouble: Exception) -> None:
    for attempts in range(CONVERSATION.busy_attempts + 30):
        assert not CONVERSATION.is_last(job(attempts), trouble)


def test_a_build_outlives_many_attempts_without_ever_waiting_long() -> None:
    assert seconds_until_retry(BUILD, 150, ValueError()) == 60


def test_a_voice_note_that_is_not_heard_is_tried_for_hours_beside_its_users_lane() -> None:
    decision = CONVERSATION.get_retry_decision(exception=VoiceUnavailable(), job=job(100))

    assert decision is not None
    assert decision.lock == LockKind.ASIDE
    busy = CONVERSATION.get_retry_decision(exception=ModelBusy(), job=job(100))
    assert busy is not None
    assert busy.lock is None


@pytest.mark.parametrize("error", [VoiceUnavailable(), TranscriptLost(), AttachmentDelayed()])
def test_what_keeps_nobody_waiting_is_tried_for_hours_whatever_ails_it(error: Exception) -> None:
    assert not CONVERSATION.is_last(job(100, "voice:u"), error)


def test_a_file_keeps_others_waiting_so_it_is_tried_for_minutes() -> None:
    waits = [
        seconds_until_retry(CONVERSATION, attempts, AttachmentDelayed()) for attempts in range(10)
    ]

    assert waits[-1] is None
    assert 120 < sum(wait or 0 for wait in waits) < 300


@pytest.mark.parametrize("error", [AttachmentUnavailable(), ValueError()])
def test_what_is_not_there_is_not_waited_for(error: Exception) -> None:
    assert CONVERSATION.is_last(job(2), error)


@pytest.mark.parametrize(
    "error",
    [
        ContextExceeded(),
        ModelMisconfigured(),
        ModelRefused(),
        TranscriptionMisconfigured(),
        VoiceGivenUp(),
    ],
)
def test_what_no_repetition_helps_is_not_tried_again(error: Exception) -> None:
    assert CONVERSATION.is_last(job(0), error)
