"""A system that nobody writes to makes next to no records: they are paid for by the piece."""

import time
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import cast

import logfire
import pytest
from logfire import MetricsOptions
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from procrastinate import App, JobContext
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from werkzeug.test import Client

import telemetry
from bot.jobs.queue import make_queue
from bot.jobs.tasks import register_tasks
from bot.settings.groups import Settings
from bot.wsgi import create_app
from telemetry.process_metrics import measure_process
from tests.integration.delivery_stage import Stage, set_stage
from tests.otlp_receiver import OtlpReceiver, receiver_of_this_process
from tests.settings import changed

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

HOUR = 3600
A_DAY = 2_000  # records of an idle day, at most
ALL_ELSE = 500  # of them that are no measurements of the processes
CHECKED_EVERY = 10  # seconds between two questions of a load balancer


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    receiver = receiver_of_this_process()
    assert telemetry.flush(60)
    receiver.clear()
    yield receiver
    receiver.clear()


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


@pytest.fixture
async def queue(database_url: str) -> AsyncIterator[App]:
    queue = make_queue(database_url)
    register_tasks(queue)
    async with queue.open_async():
        yield queue


async def run_periodic(queue: App, stage: Stage, *, only: str | None = None) -> int:
    """Run what is due in an hour, by each task's own clock; returns how often tasks ran."""
    now, runs = time.time(), 0
    context = SimpleNamespace(app=queue, additional_context={"services": stage.services})
    for periodic in queue.periodic_registry.periodic_tasks.values():
        times = periodic.croniter
        at = times.get_next(ret_type=float, start_time=now)
        while at < now + HOUR and only in {None, periodic.task.name}:
            await periodic.task.func(cast(JobContext, context), int(at))
            runs += 1
            at = times.get_next(ret_type=float)
    return runs


async def test_an_idle_hour_leaves_next_to_no_records(
    receiver: OtlpReceiver, stage: Stage, queue: App
) -> None:
    app = create_app(changed(stage.settings, ENABLE_LOGFIRE=True))
    client = Client(app)

    runs = await run_periodic(queue, stage)
    for _ in range(HOUR // CHECKED_EVERY):
        client.get("/health")
    app.close()

    assert runs > 1_000
    assert telemetry.flush(60)
    assert 24 * len(receiver.everything) <= ALL_ELSE, {span.message for span in receiver.everything}


def test_an_idle_hour_brings_few_measurements_of_the_processes() -> None:
    reader = InMemoryMetricReader()
    registry = logfire.configure(
        local=True,
        send_to_logfire=False,
        console=False,
        distributed_tracing=False,  # what is said of it is for the whole process
        metrics=MetricsOptions(additional_readers=[reader]),
    )
    now = 0.0
    measure_process(lambda: now, registry=registry)

    points = []
    for minute in range(60):
        now = minute * 60.0
        data = reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                points += [(m.name, p) for m in scope.metrics for p in m.data.data_points]

    assert {name for name, _ in points} == {"process.cpu.utilization", "system.memory.utilization"}
    web_and_worker = 2
    assert 24 * web_and_worker * len(points) <= A_DAY - ALL_ELSE


async def test_a_periodic_task_that_does_something_is_recorded(
    receiver: OtlpReceiver, stage: Stage, queue: App
) -> None:
    user = await stage.user()
    await stage.say(user, "waits for a sender whose job got lost")
    async with stage.pool.connection() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")
        await connection.execute("UPDATE outbox SET created_at = now() - interval '1 hour'")

    await run_periodic(queue, stage, only="keep_sending")

    assert telemetry.flush(60)
    (task,) = receiver.spans
    assert task.message == "periodic_task:keep_sending"
    assert task.attributes["things_done"] == 1
