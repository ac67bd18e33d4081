"""`textcrew audit-log`: what operators did, when and why."""

from datetime import datetime, timedelta

import click

from bot.cli.database import connected
from bot.cli.since import Moment, resolved
from bot.cli.tables import show
from bot.database.clock import database_time_blocking
from bot.operating.audit import Action, AuditFilter, list_acts

COLUMNS = ("at", "operator", "action", "subject", "reason")


@click.command("audit-log")
@click.option("--operator", metavar="NAME", help="Only what this operator did.")
@click.option("--action", type=click.Choice([one.value for one in Action]), help="Only such acts.")
@click.option(
    "--subject", metavar="ID", help="Only to this request, message, user, job, or link of a copy."
)
@click.option("--since", type=Moment(), help="Done since: 30m, 2h, yesterday, or a date.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print the acts as JSON.")
def audit_log(
    operator: str | None,
    action: str | None,
    subject: str | None,
    since: datetime | timedelta | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what operators did to requests, messages, users and jobs, newest first.

    And the copies of apps at other services that are left to them (`--action leave_copy`).
    """
    with connected() as connection:
        which = AuditFilter(
            operator=operator,
            action=action,
            subject=subject,
            since=resolved(since, database_time_blocking(connection)),
        )
        rows = list_acts(connection, which, limit=limit)
    show(
        rows,
        columns=COLUMNS,
        as_json=as_json,
        nothing="No operator has acted yet.",
        is_filtered=which != AuditFilter(),
    )
