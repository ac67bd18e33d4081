"""`textcrew request` and `textcrew user`: how one of them stands, without anybody's words."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import UUID

import click

from bot.cli.database import connected, with_database
from bot.cli.named import find_named_request, find_named_user
from bot.cli.printing import say
from bot.cli.tables import show, shown
from bot.operating.summaries import read_request, read_user

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MESSAGES = ("id", "kind", "part", "parts", "state", "attempts", "error_message", "created_at")
REQUESTS = ("request_id", "request_type", "status", "title", "accepted_at", "closed_at")


@click.command()
@click.argument("request_id", metavar="REQUEST")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def request(request_id: str, as_json: bool) -> None:
    """Show how a request stands: its state, cost and messages.

    REQUEST is the id of a request, which may be cut short.
    """
    found = with_database(lambda connection, _: find_named_request(connection, request_id))
    with connected() as connection:
        summary = read_request(connection, found)
    _tell(summary, summary.request, "Messages", summary.messages, MESSAGES, as_json=as_json)


@click.command()
@click.argument("user", metavar="USER")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def user(user: str, as_json: bool) -> None:
    """Show how a user stands: what they may be sent, what they spent today, their requests.

    USER is a phone number with its country code, or a user id, which may be cut short.
    """
    found = with_database(lambda connection, settings: find_named_user(connection, settings, user))
    with connected() as connection:
        summary = read_user(connection, found)
    _tell(summary, summary.user, "Requests", summary.requests, REQUESTS, as_json=as_json)


def _tell(
    whole: "DataclassInstance",
    head: "DataclassInstance",
    title: str,
    rows: Sequence["DataclassInstance"],
    columns: Sequence[str],
    *,
    as_json: bool,
) -> None:
    if as_json:
        say(json.dumps(asdict(whole), default=str, indent=2))
        return
    for name, value in vars(head).items():
        told = str(value) if isinstance(value, UUID) or name == "user_id" else shown(name, value)
        if told:
            say(f"{name.replace('_', ' ')}: {told}")
    say(f"\n{title}", bold=True)
    show(rows, columns=columns, as_json=False, nothing="None.")
