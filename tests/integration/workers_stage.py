"""Workers as processes, and jobs that note when they begin and end."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from bot.jobs.listing import list_jobs
from tests.forked_program import ForkedProgram
from tests.process_logs import Logs, watched

TABLE = """
CREATE TABLE noted (
    id bigserial, lock text, number int, event text, pid int,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE released (number int, pid int)
"""
NEVER = 600.0  # seconds: longer than a test may take

StartWorker = Callable[..., ForkedProgram]


@contextmanager
def started_workers(settings: Mapping[str, str], folder: Path) -> Iterator[StartWorker]:
    """What starts workers; they are killed at the end."""
    workers: list[ForkedProgram] = []
    logs = Logs(folder)
    watched.append(logs)

    def start(
        *,
        stall: float = NEVER,
        drain: float = 0.5,
        poll: float = 0.5,
        hours_ahead: float = 0,
        only: str = "",
        **environment: str,
    ) -> ForkedProgram:
        command = ["tests.integration.trial_worker", *map(str, (stall, drain, poll))]
        if only:
            command.append(only)
        if hours_ahead:
            command = ["tests.wrong_clock", str(hours_ahead), *command]
        log = folder / f"worker-{len(workers)}.log"
        worker = ForkedProgram(command, {**os.environ, **settings, **environment}, log)
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()
    logs.is_complete = True


@contextmanager
def noting(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a database in which the workers note what they do."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLE)
        yield connection


def enqueue(
    connection: psycopg.Connection,
    task: str = "work",
    lock: str = "one",
    queue: str = "conversation",
    **arguments: Any,
) -> int:
    statement = "SELECT enqueue_job(%s, %s, %s, %s)"
    row = connection.execute(statement, [queue, task, lock, Jsonb(arguments)]).fetchone()
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


def status_of(connection: psycopg.Connection, job: int) -> str:
    return next(listed.status for listed in list_jobs(connection) if listed.id == job)


def wait_until(condition: Callable[[], Any], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
