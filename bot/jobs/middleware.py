"""What surrounds every job: a trace of its own, its failure on record, the user's stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
from opentelemetry import context as otel
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.worker import Worker

from bot.errors import MovesOn, OwnershipLost
from bot.jobs import tasks
from bot.workflows.failure_log import record_last_attempt
from telemetry.named_sql import statements

SQL = statements("bot.jobs", "middleware.sql")
TOLD = ("build_id", "request_id", "message_sid")  # of a job's arguments
log = logging.getLogger(__name__)


async def job_middleware(
    call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker
) -> Any:
    """Run one job; a worker middleware of Procrastinate.

    A job whose work was stopped or taken over has done what there was to do: it is no failed one.
    """
    # Nothing of the worker's own trace: a job belongs to its request's, or begins one.
    token = otel.attach(otel.Context())
    try:
        return await call_next()
    except asyncio.CancelledError:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None  # else the retry would end it as failed
        raise
    except OwnershipLost:
        log.info("job %s ends: its work was stopped or goes on elsewhere", context.job.id)
        return None
    except MovesOn:
        raise  # the queue puts it where it belongs
    except Exception as error:
        await _note_failure(context, error)
        if context.job.task_name == tasks.run_build.__name__:
            await _record_last_attempt(context, error)
        else:
            _log_if_last(context, error)
        raise
    finally:
        otel.detach(token)


def _log_if_last(context: JobContext, error: Exception) -> None:
    """Say once, where and why, that a job has failed for good."""
    strategy = context.task.retry_strategy if context.task else None
    if strategy is not None and strategy.get_retry_decision(exception=error, job=context.job):
        return
    log.error(
        "job %s (%s) failed for good: %s",
        context.job.id,
        context.job.task_name,
        " ".join(
            f"{name} {value}" for name, value in context.job.task_kwargs.items() if name in TOLD
        ),
        exc_info=error,
    )


async def _note_failure(context: JobContext, error: Exception) -> None:
    connector = context.app.job_manager.connector
    try:
        await connector.execute_query_async(
            query=SQL["note_failure"], job_id=context.job.id, error=type(error).__name__
        )
    except (ConnectorException, psycopg.Error):
        log.warning("job %s failed, and the database is away", context.job.id)


async def _record_last_attempt(context: JobContext, error: Exception) -> None:
    """Log why a build that is not tried again has failed; no turn of it was stored since long."""
    build_id = UUID(str(context.job.task_kwargs["build_id"]))
    try:
        await record_last_attempt(tasks.services(context).pool, build_id, error)
    except psycopg.Error:
        log.warning("build %s failed, and the database is away", build_id)
