"""Workers as processes: order, failures, what is tried again and what ends for good."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.errors import ActRefused
from bot.jobs.listing import list_jobs, retry_job
from bot.operating.audit import Operator
from tests.integration.workers_stage import (
    NEVER,
    StartWorker,
    enqueue,
    events,
    noting,
    started_workers,
    status_of,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]


@pytest.fixture
def start_worker(settings_environment: dict[str, str], tmp_path: Path) -> Iterator[StartWorker]:
    with started_workers(settings_environment, tmp_path) as start:
        yield start


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with noting(database_url) as connection:
        yield connection


def test_jobs_of_one_lock_run_in_order_and_never_at_once(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    for number in range(5):
        for lock in "abcdef":
            enqueue(connection, lock=lock, number=number, seconds=0.02)
    start_worker()
    start_worker()

    wait_until(lambda: len(events(connection)) == 60)

    for lock in "abcdef":
        told = [(number, event) for at, number, event, _ in events(connection) if at == lock]
        assert told == [(n, e) for n in range(5) for e in ("start", "end")]


def test_the_next_job_of_a_lock_starts_without_being_polled_for(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    for number in range(4):
        enqueue(connection, number=number, seconds=0.1)
    start_worker(poll=NEVER)

    wait_until(lambda: len(events(connection)) == 8)


async def retry(connection: psycopg.Connection, job: int) -> None:
    async with await psycopg.AsyncConnection.connect(connection.info.dsn) as asynchronous:
        await retry_job(asynchronous, job, Operator(name="kim", reason="a test"))


def test_a_failed_job_is_kept_with_its_error_and_can_be_tried_again(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    start_worker()
    job = enqueue(connection, "break_down", number=1)
    wait_until(lambda: status_of(connection, job) == "failed")

    (listed,) = list_jobs(connection, status="failed", queue="conversation")
    assert (listed.id, listed.task, listed.attempts) == (job, "break_down", 2)
    assert listed.last_error == "ZeroDivisionError"
    assert listed.started_at is not None

    asyncio.run(retry(connection, job))
    with pytest.raises(ActRefused):
        asyncio.run(retry(connection, job + 99))
    wait_until(lambda: len(events(connection)) == 3)
    wait_until(lambda: status_of(connection, job) == "failed")


@pytest.mark.parametrize("hours_ahead", [-5, 5])
def test_a_worker_whose_clock_is_wrong_tries_again_when_it_is_time(
    connection: psycopg.Connection, start_worker: StartWorker, hours_ahead: int
) -> None:
    start_worker(hours_ahead=hours_ahead)
    job = enqueue(connection, "break_down", number=1)
    wait_until(lambda: status_of(connection, job) == "failed")

    ((waited,),) = connection.execute("SELECT extract(epoch FROM max(at) - min(at)) FROM noted")
    assert 0.1 <= waited < 3_600


def test_lost_ownership_is_not_tried_again(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    start_worker()
    job = enqueue(connection, "lose", number=1)

    wait_until(lambda: status_of(connection, job) == "succeeded")

    assert len(events(connection)) == 1
    assert list_jobs(connection, status="failed") == []


def test_a_job_that_a_user_stops_ends_as_aborted(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    start_worker()
    job = enqueue(connection, number=1, held=True)
    wait_until(lambda: events(connection))

    connection.execute("SELECT procrastinate_cancel_job_v1(%s, true, false)", [job])

    wait_until(lambda: status_of(connection, job) == "aborted")
