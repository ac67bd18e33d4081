"""The jobs by name. The SQL function `enqueue_job` queues them (`bot/database/migrations`)."""

from typing import cast
from uuid import UUID

from procrastinate import App, JobContext

from bot.delivery.sender import deliver_pending
from bot.intake import conversation
from bot.jobs.retries import BUILD, CONVERSATION, DELIVERY
from bot.services import Services
from bot.workflows import orchestrator

KEEP_SUCCEEDED_HOURS = 72


async def read_message(context: JobContext, message_sid: str) -> None:
    """Read one message; the person's next one waits for it."""
    last = CONVERSATION.is_last(context.job)
    await conversation.read_message(services(context), message_sid, last_attempt=last)


async def run_build(context: JobContext, build_id: str) -> None:
    """Bring one build on; the project's next one waits for it."""
    await orchestrator.run_build(services(context), UUID(build_id))


async def deliver(context: JobContext, user_id: str) -> None:
    """Send what waits for one person, in order."""
    await deliver_pending(services(context), user_id)


async def remove_succeeded(context: JobContext, timestamp: int) -> None:
    """Delete jobs that succeeded long ago; failed ones are kept.

    A worker must have some periodic task: without one it does not notice that its listener died
    with the database.
    """
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_SUCCEEDED_HOURS)


def services(context: JobContext) -> Services:
    """What the worker process hands to its jobs."""
    return cast(Services, context.additional_context["services"])


def register_tasks(queue: App) -> None:
    """Make the jobs known to `queue`."""
    for name, function, retry in (
        ("conversation", read_message, CONVERSATION),
        ("delivery", deliver, DELIVERY),
        ("build", run_build, BUILD),
    ):
        queue.task(queue=name, name=function.__name__, pass_context=True, retry=retry)(function)
    hourly = queue.task(
        queue="maintenance",
        name="remove_succeeded",
        pass_context=True,
        queueing_lock="remove_succeeded",
    )(remove_succeeded)
    queue.periodic(cron="17 * * * *")(hourly)
