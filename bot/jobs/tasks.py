"""The jobs by name. The SQL function `enqueue_job` queues them (`bot/database/functions`)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC
from functools import partial
from typing import TypeAlias, cast
from uuid import UUID

from procrastinate import App, JobContext
from psycopg import AsyncConnection

from bot.database.clock import database_time
from bot.database.outage import OUTAGE
from bot.delivery import circuit_breaker, idle_senders, little_room, outbox
from bot.delivery.progress import report_progress
from bot.delivery.sender import deliver_pending
from bot.delivery.status_polling import ask_after_sent
from bot.errors import MovesOn
from bot.intake import album, conversation
from bot.intake.earlier_messages import await_earlier
from bot.intake.forget_user import drop_what_was_kept, finish_forgetting
from bot.intake.held import look_after_pauses
from bot.intake.lock_kinds import LockKind
from bot.intake.question_timeout import answer_with_defaults
from bot.intake.reconcile import catch_up
from bot.jobs.lanes import BUILD_QUEUE, PLANNING_QUEUE
from bot.jobs.retries import BUILD, CONVERSATION, DELIVERY, lock_kind
from bot.model.budgets import release_orphaned
from bot.retention.kinds import KINDS, retention_of
from bot.retention.removing import remove_older
from bot.services import Services
from bot.settings.groups import RetentionSettings
from bot.workflows import orchestrator, reaper
from bot.workflows.stalled_builds import free_lanes, take_up_stalled
from telemetry.spans import set_done, set_removed, trace_periodic_task
from telemetry.store.retention import keep_days

PeriodicWork: TypeAlias = Callable[[JobContext, int], Awaitable[int]]
"""Returns how many things it found to do, and did; only then is its run recorded."""

log = logging.getLogger(__name__)

KEEP_SUCCEEDED_HOURS = 72
RECORDS_SECONDS = 10  # for the database of records to let us in
WAKE_AFTER_SECONDS = 60  # beyond the time at which a message is due


async def read_message(context: JobContext, message_sid: str) -> None:
    """Read one message; the user's next one waits for it, unless it may overtake."""
    kind = lock_kind(context.job)
    if kind == LockKind.INDEPENDENT:
        await await_earlier(services(context).pool, message_sid)
    await conversation.read_message(
        services(context),
        message_sid,
        is_last=partial(CONVERSATION.is_last, context.job),
        is_stop=kind == LockKind.STOP,
        is_aside=kind == LockKind.ASIDE,
    )


async def wake_reader(context: JobContext, message_sid: str) -> None:
    """Have a message read that waited for more, now that its time has come."""
    async with services(context).pool.connection() as connection:
        await album.wake_reader(connection, message_sid)


async def run_build(context: JobContext, build_id: str) -> None:
    """Plan one build, or bring it on; the project's next one waits for it."""
    is_planning = context.job.queue == PLANNING_QUEUE
    if await orchestrator.run_build(services(context), UUID(build_id), only_plan=is_planning):
        raise MovesOn(BUILD_QUEUE)


async def take_defaults(context: JobContext, build_id: str, in_vain: int = 0) -> None:
    """Go on without the answers that a build has waited for."""
    await answer_with_defaults(services(context), UUID(build_id), in_vain=in_vain)


async def tell_little_room(
    context: JobContext, project_id: str, is_full: bool, noted_at: str
) -> None:
    """Tell an app's owner that visitors have left little or no room in it."""
    async with services(context).pool.connection() as connection:
        await little_room.tell_little_room(
            connection, UUID(project_id), is_full=is_full, noted_at=noted_at
        )


async def deliver(context: JobContext, user_id: str) -> None:
    """Send what waits for one user, in order."""
    await deliver_pending(services(context), user_id)


async def wake_sender(context: JobContext, outbox_id: int) -> None:
    """Have a message sent that let others pass, now that it is due."""
    async with services(context).pool.connection() as connection:
        await outbox.wake_sender(connection, outbox_id)


async def remove_succeeded(context: JobContext, timestamp: int) -> int:
    """Delete jobs that succeeded long ago; failed ones are kept.

    A worker must have some periodic task: without one it does not notice that its listener died
    with the database.
    """
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_SUCCEEDED_HOURS)
    return 0  # the queue does not tell, and finished jobs are no news


async def clean_up(context: JobContext, timestamp: int) -> int:
    """End builds that no job works on and agents whose build ended without them; give back what
    is held of budgets for work that nobody does.
    """
    async with services(context).pool.connection() as connection:
        released = await release_orphaned(connection)
        ended = await reaper.end_abandoned_builds(connection)
        return released + ended + await reaper.end_leftover_agents(connection)


async def look_for_stalls(context: JobContext, timestamp: int) -> int:
    """Let another run take up each build that hangs, and no stopped one hold up its app."""
    known = services(context)
    async with known.pool.connection() as connection:
        freed = await free_lanes(connection)
        after = known.settings.crew.build_stall_seconds
        return freed + await take_up_stalled(connection, after=after)


async def keep_records(context: JobContext, timestamp: int) -> int:
    """Delete the days of records that are older than the settings say.

    Where records have a database of their own, the product's may still hold earlier ones. While
    that is away they wait for the next run.
    """
    known = services(context)
    async with known.pool.connection() as connection:
        removed = await _keep_days(connection, known.settings.retention)
    if url := known.settings.records_url:
        try:
            async with await AsyncConnection.connect(
                url, autocommit=True, connect_timeout=RECORDS_SECONDS
            ) as connection:
                removed += await _keep_days(connection, known.settings.retention)
        except OUTAGE as error:
            log.warning(
                "old records stay for now, their database is away: %s", type(error).__name__
            )
    return len(removed)


async def _keep_days(connection: AsyncConnection, retention: RetentionSettings) -> list[str]:
    today = (await database_time(connection)).astimezone(UTC).date()
    return await keep_days(connection, today=today, retention_days=retention.records_days)


async def keep_sending(context: JobContext, timestamp: int) -> int:
    """End the halt once Twilio accepts us again; wake senders whose job got lost, or who alone can
    close a request; ask after messages whose callbacks did not come.
    """
    known = services(context)
    has_ended = await circuit_breaker.end_if_recovered(known.pool, known.twilio)
    async with known.pool.connection() as connection:
        woken = await idle_senders.wake_senders(connection, idle_seconds=WAKE_AFTER_SECONDS)
    return has_ended + woken + await ask_after_sent(known.pool, known.twilio)


async def tend_pauses(context: JobContext, timestamp: int) -> int:
    """Tell users whom a pause of the intake keeps waiting; release what one has left behind."""
    async with services(context).pool.connection() as connection:
        return await look_after_pauses(connection)


async def reconcile(context: JobContext, timestamp: int) -> int:
    """Take in what users wrote while we could not be reached."""
    known = services(context)
    return await asyncio.to_thread(catch_up, known.settings, known.twilio)


async def tell_progress(context: JobContext, timestamp: int) -> int:
    """Tell users how their builds come along, where it is time to."""
    async with services(context).pool.connection() as connection:
        return await report_progress(connection, now=await database_time(connection))


async def forget(context: JobContext, timestamp: int) -> int:
    """Delete what is left of users who wanted to be forgotten and have our goodbye."""
    async with services(context).pool.connection() as connection:
        return await finish_forgetting(connection)


async def drop_goodbyes(context: JobContext, timestamp: int) -> int:
    """Delete what was kept of who was forgotten once it has served its purpose."""
    async with services(context).pool.connection() as connection:
        return await drop_what_was_kept(connection)


def services(context: JobContext) -> Services:
    """What the worker process hands to its jobs."""
    return cast(Services, context.additional_context["services"])


def register_tasks(queue: App) -> None:
    """Make the jobs known to `queue`."""
    for name, function, retry in (
        ("conversation", read_message, CONVERSATION),
        ("conversation", wake_reader, DELIVERY),
        ("conversation", take_defaults, DELIVERY),
        ("conversation", tell_little_room, DELIVERY),
        ("delivery", deliver, DELIVERY),
        ("delivery", wake_sender, DELIVERY),
        (PLANNING_QUEUE, run_build, BUILD),
    ):
        queue.task(queue=name, name=function.__name__, pass_context=True, retry=retry)(function)
    for work, cron in (
        (remove_succeeded, "17 * * * *"),
        (drop_goodbyes, "27 * * * *"),
        (keep_records, "37 * * * *"),
        (clean_up, "* * * * *"),
        (look_for_stalls, "* * * * * */10"),
        (reconcile, "*/10 * * * *"),
        (keep_sending, "* * * * *"),
        (tend_pauses, "* * * * *"),
        (tell_progress, "* * * * * */15"),  # the sixth field: seconds
        (forget, "* * * * * */10"),
        *((_removing(kind), f"{i * 60 // len(KINDS)} * * * *") for i, kind in enumerate(KINDS)),
    ):
        name = work.__name__
        # One run at a time, and one that waits.
        task = queue.task(
            queue="maintenance", name=name, pass_context=True, lock=name, queueing_lock=name
        )(_traced(work))
        queue.periodic(cron=cron)(task)


def _removing(kind: str) -> PeriodicWork:
    """Removes what of a kind is older than the settings say."""

    async def remove(context: JobContext, timestamp: int) -> int:
        known = services(context)
        async with known.pool.connection() as connection:
            before = await database_time(connection) - retention_of(known.settings.retention, kind)
        removed = await remove_older(known.pool, kind, before=before)
        set_removed(removed)
        return removed

    remove.__name__ = f"remove_{kind}"
    return remove


def _traced(work: PeriodicWork) -> Callable[[JobContext, int], Awaitable[None]]:
    async def run(context: JobContext, timestamp: int) -> None:
        with trace_periodic_task(task_name=work.__name__) as span:
            set_done(span, await work(context, timestamp))

    return run
