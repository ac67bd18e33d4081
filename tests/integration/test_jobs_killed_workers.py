"""Workers that are killed, stopped or frozen: their jobs go on elsewhere, and end once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.cancellation import CANCEL_AGAIN_SECONDS
from bot.jobs.listing import list_jobs
from tests.forked_program import ForkedProgram
from tests.integration.workers_stage import (
    NEVER,
    StartWorker,
    enqueue,
    events,
    let_stall,
    noting,
    release,
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


def is_left_to_the_system(worker: ForkedProgram, number: signal.Signals) -> bool:
    """Whether the process does nothing of its own about a signal, as Linux tells."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return not int(caught, 16) >> (number - 1) & 1


def test_a_killed_workers_job_goes_to_another(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    first = start_worker()
    job = enqueue(connection, number=1, held=True)
    enqueue(connection, number=2)
    wait_until(lambda: events(connection))
    second = start_worker()
    release(connection, 1, second)

    first.kill()

    let_stall(connection, job, lambda: len(events(connection)) > 1)
    wait_until(lambda: len(events(connection)) == 5)
    assert [event[1:] for event in events(connection)] == [
        (1, "start", first.pid),
        (1, "start", second.pid),
        (1, "end", second.pid),
        (2, "start", second.pid),
        (2, "end", second.pid),
    ]
    wait_until(lambda: status_of(connection, job) == "succeeded")


def test_a_killed_workers_periodic_job_gives_way_to_the_one_that_waits(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    only_one_waits = "UPDATE procrastinate_jobs SET queueing_lock = 'one' WHERE id = %s"
    first = start_worker()
    lost = enqueue(connection, number=1, held=True)
    connection.execute(only_one_waits, [lost])
    wait_until(lambda: events(connection))
    connection.execute(only_one_waits, [enqueue(connection, number=2)])
    second = start_worker()

    first.kill()

    done = ("one", 2, "end", second.pid)
    let_stall(connection, lost, lambda: done in events(connection))
    assert lost not in [job.id for job in list_jobs(connection)]


def test_a_stopped_worker_drains_and_its_job_goes_on_elsewhere_at_once(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    first = start_worker()
    enqueue(connection, number=1, held=True)
    wait_until(lambda: events(connection))
    second = start_worker()
    release(connection, 1, second)

    first.terminate()

    assert first.wait() == 0
    wait_until(lambda: len(events(connection)) == 3)
    assert [(event, pid) for _, _, event, pid in events(connection)] == [
        ("start", first.pid),
        ("start", second.pid),
        ("end", second.pid),
    ]


def test_a_stopped_worker_ends_the_job_that_it_has_if_there_is_time(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    worker = start_worker(drain=NEVER)
    job = enqueue(connection, number=1, held=True)
    enqueue(connection, number=2)
    wait_until(lambda: events(connection))

    worker.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(2 * CANCEL_AGAIN_SECONDS)
    release(connection, 1, worker)

    assert worker.wait() == 0
    assert [event[1:3] for event in events(connection)] == [(1, "start"), (1, "end")]
    assert status_of(connection, job) == "succeeded"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell of handlers")
def test_a_second_signal_ends_the_worker_at_once(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    worker = start_worker(drain=NEVER)
    enqueue(connection, number=1, held=True)
    wait_until(lambda: events(connection))

    worker.send_signal(signal.SIGINT)
    wait_until(lambda: is_left_to_the_system(worker, signal.SIGINT))
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(1)
    worker.send_signal(signal.SIGINT)

    assert worker.wait() == -signal.SIGINT


def test_a_worker_that_was_frozen_cannot_end_the_job_that_runs_elsewhere(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    frozen = start_worker()
    job = enqueue(connection, number=1, held=True)
    wait_until(lambda: events(connection))
    frozen.send_signal(signal.SIGSTOP)
    other = start_worker()
    let_stall(connection, job, lambda: events(connection)[-1][3] == other.pid)

    release(connection, 1, frozen)
    frozen.send_signal(signal.SIGCONT)
    refused = f"job {job} has ended, or another run has it; this one changes nothing"
    wait_until(lambda: refused in frozen.log.read_text())  # an hourly job may be refused as well

    assert ("one", 1, "end", frozen.pid) in events(connection)
    assert status_of(connection, job) == "doing"
    release(connection, 1, other)
    wait_until(lambda: status_of(connection, job) == "succeeded")
    assert ("one", 1, "end", other.pid) in events(connection)
