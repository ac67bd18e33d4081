"""`textcrew`: one command for everything. The subcommands are listed in `bot.cli.commands`."""

import click
import psycopg

from bot.cli.commands import LazyGroup
from bot.cli.printing import end_with
from bot.errors import TextcrewError


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="textcrew")
def textcrew() -> None:
    """Text a request, get a web app: run, check and look into a textcrew installation."""


def main() -> None:
    """Run the command; what is wrong is said in one line on standard error, with exit code 1."""
    try:
        textcrew()
    except TextcrewError as error:
        end_with(f"textcrew: {error}")
    except psycopg.OperationalError as error:
        first_line = str(error).strip().splitlines()[0]
        end_with(f"textcrew: PostgreSQL does not answer: {first_line}")
    except psycopg.errors.ReadOnlySqlTransaction as error:
        end_with(f"textcrew: PostgreSQL takes no writes: {error.diag.message_primary}")
    except psycopg.errors.UndefinedTable:
        end_with("textcrew: the database has no tables of ours yet; run: textcrew migrate")
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction) as error:
        said = error.diag.message_primary
        end_with(f"textcrew: the schema is of another version ({said}); run: textcrew migrate")
    except psycopg.errors.InsufficientPrivilege as error:
        end_with(f"textcrew: PostgreSQL does not let us: {error.diag.message_primary}")


if __name__ == "__main__":
    main()
