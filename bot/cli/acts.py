"""`textcrew cancel`, `retry`, `resend`, `pause` and `resume`: acts that stand in the audit."""

import json
from typing import get_args
from uuid import UUID

import click
from psycopg import AsyncConnection

from bot.cli.acting import observe_acts, operator, reason_option
from bot.cli.database import with_database
from bot.cli.named import find_named_request
from bot.cli.printing import say
from bot.operating.pauses import Pausable
from bot.settings.groups import Settings

PAUSABLE = click.Choice(get_args(Pausable))


@click.command()
@click.argument("request_id", metavar="REQUEST")
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def cancel(request_id: str, reason: str, as_json: bool) -> None:
    """Stop the work on a request and tell its user; `retry` takes it up again.

    REQUEST is the id of a request, which may be cut short.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, _: Settings) -> UUID:
        from bot.operating.requests import cancel

        found = await find_named_request(connection, request_id)
        await cancel(connection, found, by)
        return found

    observe_acts()  # its agents end in this process
    found = with_database(act)
    _tell({"cancelled": str(found)}, f"Request {found} is cancelled.", as_json=as_json)


@click.command()
@click.argument("request_id", metavar="REQUEST")
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def retry(request_id: str, reason: str, as_json: bool) -> None:
    """Try a failed or stopped build again from where it was, and tell its user.

    REQUEST is the id of a request, which may be cut short.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, settings: Settings) -> tuple[UUID, UUID]:
        from bot.operating.requests import retry

        found = await find_named_request(connection, request_id)
        return found, await retry(connection, found, by, settings.retention)

    observe_acts()  # the trace of what goes on begins in this process
    found, goes_on_as = with_database(act)
    _tell(
        {"retried": str(found), "goes_on_as": str(goes_on_as)},
        f"The build of request {found} goes on, as request {goes_on_as}.",
        as_json=as_json,
    )


@click.command()
@click.argument("message_id", metavar="MESSAGE", type=int)
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def resend(message_id: int, reason: str, as_json: bool) -> None:
    """Send a failed message again; refused if it arrived or still may.

    MESSAGE is its number in `textcrew deliveries`.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, _: Settings) -> None:
        from bot.operating.resending import resend

        await resend(connection, message_id, by)

    with_database(act)
    _tell({"resent": message_id}, f"Message {message_id} is queued again.", as_json=as_json)


@click.command()
@click.argument("what", type=PAUSABLE)
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def pause(what: Pausable, reason: str, as_json: bool) -> None:
    """Stop reading messages, or sending them; both are kept until `textcrew resume`.

    While the intake is paused a stop is read all the same, builds go on, and who waits for more
    than a minute is told.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, _: Settings) -> None:
        from bot.operating.pausing import pause

        await pause(connection, what, by)

    with_database(act)
    _tell({"paused": what}, f"The {what} is paused.", as_json=as_json)


@click.command()
@click.argument("what", type=PAUSABLE)
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def resume(what: Pausable, reason: str, as_json: bool) -> None:
    """End a pause of reading or of sending."""
    by = operator(reason)

    async def act(connection: AsyncConnection, _: Settings) -> None:
        from bot.operating.pausing import resume

        await resume(connection, what, by)

    with_database(act)
    _tell({"resumed": what}, f"The {what} goes on.", as_json=as_json)


def _tell(done: dict[str, str | int], sentence: str, *, as_json: bool) -> None:
    say(json.dumps(done) if as_json else sentence)
