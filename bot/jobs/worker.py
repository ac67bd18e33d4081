"""The worker process: works off all lanes (`bot.jobs.lanes`), or the one that it is started for.

It stops cleanly on SIGTERM and SIGINT, at once on a second one, and outlives the database: when
that goes away, it starts over as soon as it is back.
"""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial

import logfire
from procrastinate import App
from procrastinate.exceptions import ConnectorException

import telemetry
from bot.cancellation import end
from bot.database.connection import database_url
from bot.database.migrate import pending
from bot.database.outage import OUTAGE
from bot.database.pools import async_connection_pool
from bot.errors import DatabaseUnavailable
from bot.jobs.admission import waits_for_connection
from bot.jobs.lanes import BUILDS, CONVERSATIONS, Lane, lanes
from bot.jobs.logs import quiet_outage_logs
from bot.jobs.middleware import job_middleware
from bot.jobs.queue import make_queue
from bot.jobs.recovery import sweep
from bot.jobs.tasks import register_tasks
from bot.jobs.timings import USUAL, Timings
from bot.mcp.servers import mcp_servers
from bot.model.client import ModelClient
from bot.priority import give_way
from bot.services import Services
from bot.settings.groups import Settings
from bot.telemetry_setup import observe
from bot.twilio.client import TwilioGateway

# Connections that jobs share. Each plans every statement a few times before its plans are kept, so
# that more of them make a burst slower; no job holds one while it waits for another.
POOL_SIZE = 5
FIRST_WAIT = 0.5  # seconds before the second attempt to reach the database
PUTTING_BACK = 3.0  # seconds, behind draining, for the jobs that did not end to be queued again

log = logging.getLogger(__name__)


async def run_worker(
    settings: Settings,
    *,
    only: str | None = None,
    register: Callable[[App], None] = register_tasks,
    timings: Timings = USUAL,
) -> None:
    """Run jobs of all lanes, or `only` of one, until SIGTERM or SIGINT, then drain and return."""
    chosen = lanes(builds_at_once=settings.crew.builds_per_worker, only=only)
    observe(settings, role="worker")
    quiet_outage_logs(lane.name for lane in chosen)
    if only == BUILDS:
        give_way()
    with _stop_signals() as stop:
        await _supervise(settings, chosen, register, timings, stop)
    telemetry.flush()


async def _supervise(
    settings: Settings,
    chosen: Sequence[Lane],
    register: Callable[[App], None],
    timings: Timings,
    stop: asyncio.Event,
) -> None:
    """Work, and start over with growing waits whenever the database went away."""
    wait = FIRST_WAIT
    while not stop.is_set():
        began = time.monotonic()
        try:
            # May start the embedded server, or start it again.
            url = await asyncio.to_thread(database_url, settings)
            await _require_schema(url)
            log.info("worker is ready for %s", ", ".join(lane.name for lane in chosen))
            await _work(settings, url, chosen, register, timings, stop)
        except (*OUTAGE, ConnectorException, DatabaseUnavailable) as error:
            reason = _absence(error)
            if time.monotonic() - began > timings.longest_wait:
                wait = FIRST_WAIT
            log.warning("the database is away (%s); next try in %.1f s", reason, wait)
            await _pause(stop, wait)
            wait = min(wait * 2, timings.longest_wait)
    log.info("worker has stopped")


async def _work(
    settings: Settings,
    url: str,
    chosen: Sequence[Lane],
    register: Callable[[App], None],
    timings: Timings,
    stop: asyncio.Event,
) -> None:
    """Run the lanes until `stop`. Raises what the database said when it went away."""
    # The worker's own polls and heartbeats are no news; jobs leave this context.
    with logfire.suppress_instrumentation():
        async with (
            _services(settings, url, chosen, stop) as services,
            _queue(url, chosen, register, services) as queue,
        ):
            running = [
                asyncio.create_task(_run_lane(queue, lane, services, timings)) for lane in chosen
            ]
            sweeping = asyncio.create_task(
                sweep(queue, stall_seconds=timings.stall, every=timings.sweep)
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([*running, sweeping, stopping], return_when=asyncio.FIRST_COMPLETED)
            # A lane that is cancelled again drains no longer: it leaves its jobs to nobody.
            await asyncio.gather(
                end(*running, again=timings.drain + PUTTING_BACK), end(sweeping, stopping)
            )
    for task in (*running, sweeping):
        if not task.cancelled() and (error := task.exception()):
            raise error
    if not stop.is_set():
        raise DatabaseUnavailable("the connection was lost")


def _queue(
    url: str, chosen: Sequence[Lane], register: Callable[[App], None], services: Services
) -> AbstractAsyncContextManager[App]:
    """The queue, open; who only converses takes in messages in turn. Builds would hold them up."""
    if all(lane.worker == CONVERSATIONS for lane in chosen):
        queue = make_queue(url, is_behind=partial(waits_for_connection, services.pool))
    else:
        queue = make_queue(url)
    register(queue)
    return queue.open_async()


async def _run_lane(queue: App, lane: Lane, services: Services, timings: Timings) -> None:
    """Run one lane's jobs until cancelled, then drain it."""
    await queue.run_worker_async(
        name=lane.name,
        queues=lane.queues,
        concurrency=lane.concurrency,
        additional_context={"services": services},
        worker_middleware=[job_middleware],
        install_signal_handlers=False,
        shutdown_graceful_timeout=timings.drain,
        update_heartbeat_interval=timings.heartbeat,
        # Forgetting a worker makes its jobs unfinishable; taking them back is our sweep's task.
        stalled_worker_timeout=3600,
        fetch_job_polling_interval=timings.poll,
        abort_job_polling_interval=timings.poll,
    )


@asynccontextmanager
async def _services(
    settings: Settings, url: str, chosen: Sequence[Lane], stop: asyncio.Event
) -> AsyncIterator[Services]:
    """What jobs need. Tools of other services are for those who build."""
    builds = any(lane.worker == BUILDS for lane in chosen)
    async with (
        async_connection_pool(url, max_size=POOL_SIZE) as pool,
        mcp_servers(settings.crew.mcp_config if builds else None) as mcp,
    ):
        model, twilio = (
            ModelClient(settings.model),
            TwilioGateway(settings.twilio, settings.web),
        )
        try:
            yield Services(
                settings=settings, pool=pool, model=model, twilio=twilio, mcp=mcp, draining=stop
            )
        finally:
            await model.close()
            twilio.close()


async def _require_schema(url: str) -> None:
    waiting = await asyncio.to_thread(pending, url)
    if waiting:
        raise DatabaseUnavailable(f"run `textcrew migrate`: {', '.join(waiting)} not applied")


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def on_signal() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in signals:
        loop.add_signal_handler(number, on_signal)
    yield stop


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _absence(error: Exception) -> str:
    """Say in one line why the database is away; raises `error` again if it is not."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    if not isinstance(cause, (*OUTAGE, DatabaseUnavailable)):
        raise error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]
