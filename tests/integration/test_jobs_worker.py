"""Workers as processes: order, recovery, draining, fencing, and a database that goes away."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import QueryCanceled, ReadOnlySqlTransaction
from psycopg.types.json import Jsonb

from bot.cancellation import CANCEL_AGAIN_SECONDS
from bot.database import embedded
from bot.database.migrate import migrate
from bot.errors import ActRefused
from bot.jobs.listing import list_jobs, retry_job
from bot.operating.audit import Operator
from tests.databases import refuse_writes
from tests.forked_program import ForkedProgram
from tests.process_logs import Logs, watched

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]

TABLE = """
CREATE TABLE noted (
    id bigserial, lock text, number int, event text, pid int,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE released (number int, pid int)
"""
LOST_FIRST_RUN = """
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE SQLSTATE '{sqlstate}';
END $$;
CREATE TRIGGER lose BEFORE UPDATE ON procrastinate_jobs FOR EACH ROW
    WHEN (old.args ->> 'number' = '1' AND old.attempts = 0 AND new.status = 'succeeded')
    EXECUTE FUNCTION lose()
"""
NEVER = 600.0  # seconds: longer than a test may take

StartWorker = Callable[..., ForkedProgram]


@pytest.fixture
def start_worker(settings_environment: dict[str, str], tmp_path: Path) -> Iterator[StartWorker]:
    workers: list[ForkedProgram] = []
    logs = Logs(tmp_path)
    watched.append(logs)

    def start(
        *,
        stall: float = NEVER,
        drain: float = 0.5,
        poll: float = 0.5,
        hours_ahead: float = 0,
        **environment: str,
    ) -> ForkedProgram:
        command = ["tests.integration.trial_worker", *map(str, (stall, drain, poll))]
        if hours_ahead:
            command = ["tests.wrong_clock", str(hours_ahead), *command]
        log = tmp_path / f"worker-{len(workers)}.log"
        worker = ForkedProgram(command, os.environ | settings_environment | environment, log)
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()
    logs.is_complete = True


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLE)
        yield connection


def enqueue(
    connection: psycopg.Connection, task: str = "work", lock: str = "one", **arguments: Any
) -> int:
    statement = "SELECT enqueue_job('conversation', %s, %s, %s)"
    row = connection.execute(statement, [task, lock, Jsonb(arguments)]).fetchone()
    assert row is not None
    return int(row[0])


def events(connection: psycopg.Connection) -> list[tuple[str, int, str, int]]:
    return connection.execute("SELECT lock, number, event, pid FROM noted ORDER BY id").fetchall()


def release(connection: psycopg.Connection, number: int, worker: ForkedProgram) -> None:
    """Let a worker end work that is held."""
    connection.execute("INSERT INTO released VALUES (%s, %s)", [number, worker.pid])


def let_stall(connection: psycopg.Connection, job: int, until: Callable[[], Any]) -> None:
    """Let no sign of life be left of the worker that has a job, until something happens."""
    ((worker,),) = connection.execute(
        "SELECT worker_id FROM procrastinate_jobs WHERE id = %s", [job]
    )

    def age() -> Any:
        # Again and again: its last sign of life may still be on its way.
        connection.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - %s * interval '1 second'"
            " WHERE id = %s",
            [2 * NEVER, worker],
        )
        return until()

    wait_until(age)


def is_left_to_the_system(worker: ForkedProgram, number: signal.Signals) -> bool:
    """Whether the process does nothing of its own about a signal, as Linux tells."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return not int(caught, 16) >> (number - 1) & 1


def status_of(connection: psycopg.Connection, job: int) -> str:
    return next(listed.status for listed in list_jobs(connection) if listed.id == job)


def wait_until(condition: Callable[[], Any], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


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


@pytest.mark.parametrize("loss", ["pg_terminate_backend", "pg_cancel_backend"])
def test_a_jobs_end_is_noted_although_its_statement_was_lost(
    connection: psycopg.Connection, database_url: str, start_worker: StartWorker, loss: str
) -> None:
    worker = start_worker()
    job = enqueue(connection, number=1, held=True)
    enqueue(connection, number=2)
    wait_until(lambda: events(connection))

    with psycopg.connect(database_url) as another:
        another.execute("SELECT FROM procrastinate_jobs WHERE id = %s FOR UPDATE", [job])
        release(connection, 1, worker)
        lose = (
            f"SELECT {loss}(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE '%finish_job%'"
        )
        wait_until(lambda: connection.execute(lose).rowcount)

    wait_until(lambda: len(events(connection)) == 4)
    assert status_of(connection, job) == "succeeded"
    assert "next try" not in worker.log.read_text()


@pytest.mark.parametrize("why", [QueryCanceled, ReadOnlySqlTransaction])
def test_a_job_whose_end_cannot_be_noted_loses_its_worker(
    connection: psycopg.Connection, start_worker: StartWorker, why: type[psycopg.Error]
) -> None:
    connection.execute(LOST_FIRST_RUN.format(sqlstate=why.sqlstate).encode())
    worker = start_worker()
    job = enqueue(connection, number=1)
    enqueue(connection, number=2)

    wait_until(lambda: len(events(connection)) == 6)

    assert [number for _, number, event, _ in events(connection) if event == "end"] == [1, 1, 2]
    assert status_of(connection, job) == "succeeded"
    assert {pid for *_, pid in events(connection)} == {worker.pid}


def test_a_worker_outlives_a_crash_of_its_database(
    start_worker: StartWorker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("crash")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o711)
    url = embedded.start(folder / "postgres")
    try:
        migrate(url)
        worker = start_worker(stall=5, DATABASE_URL=url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TABLE)
            enqueue(connection, number=1, seconds=1)
            wait_until(lambda: events(connection))
        pid_file = folder / "postgres" / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        time.sleep(2)  # long enough for every connection to be found dead

        embedded.start(folder / "postgres")

        with psycopg.connect(url, autocommit=True) as connection:
            enqueue(connection, number=2)
            ended = {("one", number, "end", worker.pid) for number in (1, 2)}
            wait_until(lambda: ended <= set(events(connection)))
    finally:
        embedded.release(folder / "postgres")


def test_workers_outlive_a_database_that_takes_no_writes(
    connection: psycopg.Connection, database_url: str, start_worker: StartWorker
) -> None:
    worker = start_worker(stall=5)
    enqueue(connection, number=1)
    wait_until(lambda: len(events(connection)) == 2)

    refuse_writes(database_url, refuse=True)
    another = start_worker(stall=5)
    told = r"the database is away \(cannot execute \w+ in a read-only transaction\); next try"
    for one in (worker, another):
        wait_until(lambda log=one.log: log.exists() and re.search(told, log.read_text()))
    refuse_writes(database_url, refuse=False)

    with psycopg.connect(database_url, autocommit=True) as again:
        enqueue(again, number=2)
        wait_until(lambda: len(events(again)) == 4)
    for one in (worker, another):
        assert one.poll() is None
        assert "Traceback" not in one.log.read_text()
