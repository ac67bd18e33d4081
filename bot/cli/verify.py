"""`textcrew verify`: whether the database keeps what the product promises."""

import sys
from dataclasses import dataclass
from datetime import timedelta

import click

from bot.cli.database import connected
from bot.cli.duration import DURATION
from bot.cli.tables import show
from bot.verification.promises import Promise, check_promises

COLUMNS = ("promise", "state", "found")
SHOWN = 3  # faults of a promise in the table; --json has all


@dataclass(frozen=True, kw_only=True)
class PromiseLine:
    """A promise as a row of the table."""

    promise: str
    state: str
    found: str


@click.command()
@click.option(
    "--grace",
    type=DURATION,
    default="10m",
    show_default=True,
    help="What is younger may be on its way and is not judged.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the promises and all faults as JSON.")
def verify(grace: timedelta, as_json: bool) -> None:
    """Look over the whole database for broken promises; exits 1 when there are any.

    It only reads, and may be run beside a working system at any time.
    """
    with connected() as connection:
        promises = check_promises(connection, grace=grace)
    if as_json:
        show(promises, columns=(), as_json=True, nothing="")
    else:
        show([_line(each) for each in promises], columns=COLUMNS, as_json=False, nothing="")
    if any(each.faults for each in promises):
        sys.exit(1)


def _line(promise: Promise) -> PromiseLine:
    shown = [f"{fault.id}: {fault.fault}" for fault in promise.faults[:SHOWN]]
    if len(promise.faults) > SHOWN:
        shown.append(f"and {len(promise.faults) - SHOWN} more (--json)")
    return PromiseLine(
        promise=promise.promise,
        state=f"BROKEN ({len(promise.faults)})" if promise.faults else "holds",
        found="; ".join(shown),
    )
