"""`textcrew migrate`, `textcrew worker` and `textcrew doctor`: what a deployment runs.

Each imports what it does only when it does it, so that its help and its completion come at once.
"""

import sys

import click

from bot.cli.printing import say
from bot.cli.tables import show
from bot.database.connection import database_url
from bot.jobs.lanes import KINDS_OF_WORKERS
from bot.settings.loading import load_settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run at any time.

    So it does with the one that RECORDS_DATABASE_URL names.
    """
    settings = load_settings()
    _migrate("database", database_url(settings))
    if settings.records_url:
        _migrate("database of records", settings.records_url)


def _migrate(what: str, url: str) -> None:
    from bot.database.migrate import migrate as apply_migrations

    applied = apply_migrations(url)
    for migration in applied:
        say(f"applied {migration}")
    if not applied:
        say(f"The {what} is up to date.")


@click.command()
@click.option(
    "--only",
    type=click.Choice(KINDS_OF_WORKERS),
    help="Conversations, plans and deliveries, or builds; a deployment needs workers for both.",
)
def worker(only: str | None) -> None:
    """Read messages, build apps and send answers, until SIGTERM drains it."""
    import uvloop

    from bot.jobs.worker import run_worker

    uvloop.run(run_worker(load_settings(), only=only))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check the configuration and all that it names; exits 1 if something needs fixing."""
    from bot.cli.doctor import examine

    findings = examine()
    show(findings, columns=("check", "ok", "seen", "remedy"), as_json=as_json, nothing="")
    if not all(finding.ok for finding in findings):
        sys.exit(1)
