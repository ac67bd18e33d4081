"""`textcrew deliveries`: what was said to whom, and where it is now."""

from typing import get_args

import click

from bot.cli.acting import note_words_shown, reason_option
from bot.cli.database import connected, with_database
from bot.cli.named import request_of, user_of
from bot.cli.tables import show
from bot.delivery.listing import list_deliveries
from bot.delivery.states import State

COLUMNS = (
    "id",
    "user_id",
    "request_id",
    "kind",
    "part",
    "parts",
    "state",
    "attempts",
    "error_code",
    "error_message",
    "created_at",
    "finished_at",
    "is_owed",
)


@click.command()
@click.option(
    "--user", "user_id", metavar="USER", help="Phone number or user id, which may be cut short."
)
@click.option(
    "--request", "request_id", metavar="ID", help="Id of a request, which may be cut short."
)
@click.option("--state", type=click.Choice(get_args(State)), help="Only messages in this state.")
@click.option(
    "--body", "with_body", is_flag=True, help="Show the texts too; the audit says who did."
)
@reason_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print the messages as JSON.")
def deliveries(
    user_id: str | None,
    request_id: str | None,
    state: State | None,
    with_body: bool,
    reason: str,
    limit: int,
    as_json: bool,
) -> None:
    """List outgoing messages, newest first, with their state and error code."""
    whose, of = user_of(user_id), request_of(request_id)
    with connected() as connection:
        rows = list_deliveries(
            connection,
            user_id=whose,
            request_id=of,
            state=state,
            with_body=with_body,
            limit=limit,
        )
    if with_body:
        shown = [row.request_id for row in rows]
        with_database(lambda connection, _: note_words_shown(connection, shown, reason))
    columns = (*COLUMNS, "body") if with_body else COLUMNS
    is_filtered = any(one is not None for one in (user_id, request_id, state))
    show(
        rows,
        columns=columns,
        as_json=as_json,
        nothing="Nothing was sent yet.",
        is_filtered=is_filtered,
    )
