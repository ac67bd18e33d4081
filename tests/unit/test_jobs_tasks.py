"""The jobs that SQL queues are the jobs that workers know, and run in a lane."""

import re
from collections.abc import Awaitable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import logfire
import pytest
from opentelemetry import context as otel
from procrastinate import App, JobContext
from procrastinate.testing import InMemoryConnector
from procrastinate.worker import Worker

from bot.jobs.lanes import BUILD_QUEUE, lanes
from bot.jobs.middleware import job_middleware
from bot.jobs.tasks import register_tasks

SOURCES = Path(__file__).parents[2] / "bot"
ENQUEUED = re.compile(r"enqueue_job\('(\w+)', '(\w+)'")


@pytest.fixture
def queue() -> App:
    queue = App(connector=InMemoryConnector())
    register_tasks(queue)
    return queue


def test_every_job_that_sql_queues_is_registered_for_that_queue(queue: App) -> None:
    queued = {
        found for path in SOURCES.rglob("*.sql") for found in ENQUEUED.findall(path.read_text())
    }

    assert {name for _, name in queued} == {
        "read_message",
        "wake_reader",
        "run_build",
        "take_defaults",
        "tell_little_room",
        "deliver",
        "wake_sender",
    }
    for queue_name, task_name in queued:
        assert queue.tasks[task_name].queue == queue_name


def test_every_queue_is_worked_off_by_one_lane(queue: App) -> None:
    worked = [name for lane in lanes(builds_at_once=1) for name in lane.queues]

    registered = {
        task.queue for task in queue.tasks.values() if not task.name.startswith("builtin:")
    }
    assert sorted(worked) == sorted({*registered, BUILD_QUEUE})  # where a plan moves on to


def test_workers_have_a_periodic_task_without_which_they_miss_a_dead_listener(queue: App) -> None:
    assert queue.periodic_registry.periodic_tasks


def test_runs_of_a_periodic_task_never_overlap(queue: App) -> None:
    for periodic in queue.periodic_registry.periodic_tasks.values():
        assert periodic.task.lock == periodic.task.queueing_lock == periodic.task.name


@pytest.mark.anyio
async def test_a_job_leaves_the_workers_own_trace_and_silence() -> None:
    async def job() -> otel.Context:
        return otel.get_current()

    def run(call: Any) -> Awaitable[Any]:
        return job_middleware(call, cast(JobContext, SimpleNamespace()), cast(Worker, None))

    with logfire.suppress_instrumentation():
        assert await run(job) == otel.Context()
        assert otel.get_current() != otel.Context()
