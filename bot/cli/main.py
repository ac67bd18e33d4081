"""`textcrew`: one command for everything. Each subcommand is a module of this package."""

import sys

import click
import psycopg

from bot.cli.agents import agents
from bot.cli.alerts import alerts
from bot.cli.cost import cost
from bot.cli.deliveries import deliveries
from bot.cli.demo import demo
from bot.cli.doctor import doctor
from bot.cli.handoffs import handoffs
from bot.cli.jobs import jobs
from bot.cli.query import query
from bot.cli.reconcile import reconcile
from bot.cli.services import migrate, worker
from bot.errors import TextcrewError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="textcrew")
def textcrew() -> None:
    """Text a wish, get a web app: run, check and look into a textcrew installation."""


for command in (
    demo,
    migrate,
    worker,
    doctor,
    agents,
    handoffs,
    jobs,
    deliveries,
    reconcile,
    cost,
    alerts,
    query,
):
    textcrew.add_command(command)


def main() -> None:
    """Run the command; what is wrong is said in one line on standard error, with exit code 1."""
    try:
        textcrew()
    except TextcrewError as error:
        sys.exit(f"textcrew: {error}")
    except psycopg.OperationalError as error:
        first_line = str(error).strip().splitlines()[0]
        sys.exit(f"textcrew: PostgreSQL does not answer: {first_line}")
    except psycopg.errors.UndefinedTable:
        sys.exit("textcrew: the database has no tables of ours yet; run: textcrew migrate")


if __name__ == "__main__":
    main()
