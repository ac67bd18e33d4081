"""Workers outlive a database that loses statements, crashes, or takes no writes."""

import os
import re
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import QueryCanceled, ReadOnlySqlTransaction

from bot.database import embedded
from bot.database.migrate import migrate
from tests.databases import refuse_writes
from tests.integration.workers_stage import (
    TABLE,
    StartWorker,
    enqueue,
    events,
    noting,
    release,
    started_workers,
    status_of,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]


LOST_FIRST_RUN = """
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE SQLSTATE '{sqlstate}';
END $$;
CREATE TRIGGER lose BEFORE UPDATE ON procrastinate_jobs FOR EACH ROW
    WHEN (old.args ->> 'number' = '1' AND old.attempts = 0 AND new.status = 'succeeded')
    EXECUTE FUNCTION lose()
"""


@pytest.fixture
def start_worker(settings_environment: dict[str, str], tmp_path: Path) -> Iterator[StartWorker]:
    with started_workers(settings_environment, tmp_path) as start:
        yield start


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with noting(database_url) as connection:
        yield connection


def says(log: Path, told: str) -> bool:
    """Whether a log has a place that the expression fits."""
    return log.exists() and bool(re.search(told, log.read_text()))


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
        wait_until(partial(says, one.log, told))
    refuse_writes(database_url, refuse=False)

    with psycopg.connect(database_url, autocommit=True) as again:
        enqueue(again, number=2)
        wait_until(lambda: len(events(again)) == 4)
    for one in (worker, another):
        assert one.poll() is None
        assert "Traceback" not in one.log.read_text()
