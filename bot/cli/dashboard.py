"""`textcrew dashboard`: the questions of the cookbook as a dashboard to import."""

import click

from bot.cli.printing import say


@click.command()
@click.argument("product", type=click.Choice(["logfire", "grafana"]))
def dashboard(product: str) -> None:
    """Print the cookbook's questions as a dashboard to import, for Logfire or Grafana."""
    from telemetry.dashboards import grafana_dashboard, logfire_dashboard

    say(logfire_dashboard() if product == "logfire" else grafana_dashboard())
