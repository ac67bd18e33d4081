"""Of many messages at once, a worker for conversations takes in no more than it keeps up with."""

import asyncio
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg
import pytest
from procrastinate.jobs import Job

from bot.jobs import admission
from bot.jobs.admission import fetch_in_turn
from bot.jobs.worker import POOL_SIZE
from tests.integration.workers_stage import (
    StartWorker,
    enqueue,
    events,
    noting,
    release,
    started_workers,
    status_of,
    wait_until,
)


@pytest.fixture
def start_worker(settings_environment: dict[str, str], tmp_path: Path) -> Iterator[StartWorker]:
    with started_workers(settings_environment, tmp_path) as start:
        yield start


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with noting(database_url) as connected:
        yield connected


def test_a_message_waits_in_the_queue_while_what_was_begun_waits_and_a_delivery_does_not(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    worker = start_worker(only="conversations")
    for number in range(POOL_SIZE):  # each has a connection, and keeps it
        enqueue(connection, lock=f"held {number}", number=number, held=True)
    wait_until(lambda: len(events(connection)) == POOL_SIZE)
    begun = enqueue(connection, lock="begun", number=100)
    wait_until(lambda: status_of(connection, begun) == "doing")

    message = enqueue(connection, lock="message", number=101)
    delivery = enqueue(connection, lock="delivery", queue="delivery", number=102)
    wait_until(lambda: status_of(connection, delivery) == "doing")
    assert status_of(connection, message) == "todo"

    for number in range(POOL_SIZE):
        release(connection, number, worker)
    wait_until(lambda: status_of(connection, message) == "succeeded")
    ended = [number for _, number, event, _ in events(connection) if event == "end"]
    assert sorted(ended) == [*range(POOL_SIZE), 100, 101, 102]


def test_beside_builds_messages_are_taken_in_however_busy_these_keep_the_database(
    connection: psycopg.Connection, start_worker: StartWorker
) -> None:
    start_worker()
    for number in range(POOL_SIZE):
        enqueue(connection, lock=f"held {number}", number=number, held=True)
    wait_until(lambda: len(events(connection)) == POOL_SIZE)
    jobs = [enqueue(connection, lock=f"message {number}", number=number) for number in (100, 101)]
    wait_until(lambda: [status_of(connection, job) for job in jobs] == ["doing", "doing"])


def test_no_message_is_held_back_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "LONGEST", 0.05)
    asked: list[list[str]] = []

    async def fetch(queues: Collection[str]) -> Job | None:
        asked.append(list(queues))
        return None

    queues = ["conversation", "delivery"]
    asyncio.run(fetch_in_turn(fetch, queues, lambda: True))
    assert asked[0] == ["delivery"]
    assert asked[-1] == queues
