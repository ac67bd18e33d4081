"""`textcrew data`: how much data there is, how old it is, and for how long it is kept."""

import click
import psycopg

from bot.cli.tables import show
from bot.database.connection import database_url
from bot.retention.measuring import measure
from bot.settings.loading import load_settings

COLUMNS = ("kind", "size_kb", "rows", "oldest", "retention_days")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the kinds as JSON.")
def data(as_json: bool) -> None:
    """Show size, rows and age of what is kept, by kind, and for how long it is kept."""
    settings = load_settings()
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        show(measure(connection, settings.retention), columns=COLUMNS, as_json=as_json, nothing="")
