"""`textcrew migrate` and `textcrew worker`: what a deployment runs."""

import asyncio

import click

from bot.database.connection import database_url
from bot.database.migrate import migrate as apply_migrations
from bot.jobs.worker import run_worker
from bot.settings import load_settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run at any time."""
    applied = apply_migrations(database_url(load_settings()))
    for migration in applied:
        click.echo(f"applied {migration}")
    if not applied:
        click.echo("The database is up to date.")


@click.command()
def worker() -> None:
    """Read messages, build apps and send answers, until SIGTERM drains it."""
    asyncio.run(run_worker(load_settings()))
