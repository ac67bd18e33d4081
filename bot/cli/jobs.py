"""`textcrew jobs`: what is queued, running and failed."""

import json

import click

from bot.cli.acting import operator
from bot.cli.database import connected, with_database
from bot.cli.printing import say
from bot.cli.tables import show
from bot.jobs.listing import STATUSES, list_jobs, retry_job
from bot.jobs.listing import Status as JobStatus

COLUMNS = ("id", "queue", "task", "status", "attempts", "started_at", "scheduled_at", "last_error")


@click.command()
@click.option("--status", type=click.Choice(STATUSES), help="Only jobs of this status.")
@click.option(
    "--queue",
    help="Only jobs of this queue: conversation, held, delivery, planning, build, maintenance.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--retry", "retry_id", type=int, metavar="ID", help="Queue a failed job again.")
@click.option("--reason", help="Why, for the audit; no names or numbers of users.")
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
def jobs(
    status: JobStatus | None,
    queue: str | None,
    limit: int,
    retry_id: int | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """List jobs, newest first; failed ones are kept with their error."""
    if retry_id is not None:
        if reason is None:
            raise click.UsageError("--retry needs a --reason.")
        by = operator(reason)
        with_database(lambda connection, _: retry_job(connection, retry_id, by))
        sentence = f"Job {retry_id} is queued again."
        say(json.dumps({"retried": retry_id}) if as_json else sentence)
        return
    with connected() as connection:
        rows = list_jobs(connection, status=status, queue=queue, limit=limit)
    is_filtered = status is not None or queue is not None
    show(rows, columns=COLUMNS, as_json=as_json, nothing="No jobs.", is_filtered=is_filtered)
