"""`textcrew data`: how much data there is, how old it is, and for how long it is kept."""

import click

from bot.cli.database import connected
from bot.cli.tables import show
from bot.retention.measuring import measure
from bot.settings.loading import load_settings

COLUMNS = ("kind", "size_kb", "rows", "oldest", "retention_days")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the kinds as JSON.")
def data(as_json: bool) -> None:
    """Show size, rows and age of what is kept, by kind, and for how long it is kept."""
    retention = load_settings().retention
    with connected() as connection:
        show(measure(connection, retention), columns=COLUMNS, as_json=as_json, nothing="")
