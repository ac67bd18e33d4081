"""`textcrew handoffs`: which there were, what each document says, and whether it is sound."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click
from psycopg import AsyncConnection

from bot.cli.acting import note_words_shown, reason_option
from bot.cli.database import with_database
from bot.cli.named import request_of, user_of
from bot.cli.printing import say
from bot.cli.since import Moment, resolved
from bot.cli.tables import show
from bot.database.clock import database_time
from bot.errors import TextcrewError
from handoffs.document import HandoffDocument
from handoffs.errors import HandoffError
from handoffs.markdown import to_markdown
from handoffs.states import TerminationReason
from handoffs.store import (
    HandoffFilter,
    HandoffSummary,
    find_handoff_id,
    list_handoffs,
    load_handoff,
)
from handoffs.upgrades import load_document

T = TypeVar("T")

COLUMNS = (
    "handoff_id", "source_agent_id", "target_agent_id", "reason", "completion_percentage",
    "tokens_used", "size_kb", "user_id", "request_id", "created_at",
)  # fmt: skip


class BadHandoff(TextcrewError):
    """The handoff is not there, or its document cannot be used."""


@click.group()
def handoffs() -> None:
    """Look into the documents by which agents hand their work on."""


@handoffs.command("list")
@click.option(
    "--user", "user_id", metavar="USER", help="Phone number or user id, which may be cut short."
)
@click.option(
    "--request", "request_id", metavar="ID", help="Id of a request, which may be cut short."
)
@click.option("--reason", type=click.Choice([r.value for r in TerminationReason]))
@click.option("--type", "agent_type", help="From agents of this role, such as frontend.")
@click.option("--since", type=Moment(), help="Made since: 30m, 2h, 3d, yesterday, or a date.")
@click.option("--until", type=Moment(), help="Made before.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print the handoffs as JSON.")
def list_(
    user_id: str | None,
    request_id: str | None,
    reason: str | None,
    agent_type: str | None,
    since: datetime | timedelta | None,
    until: datetime | timedelta | None,
    limit: int,
    as_json: bool,
) -> None:
    """List handoffs, newest first, without their documents."""
    whose, of = user_of(user_id), request_of(request_id)

    async def load(connection: AsyncConnection) -> list[HandoffSummary]:
        now = await database_time(connection)
        which = HandoffFilter(
            user_id=whose,
            request_id=of,
            reason=TerminationReason(reason) if reason else None,
            agent_type=agent_type,
            since=resolved(since, now),
            until=resolved(until, now),
        )
        return await list_handoffs(connection, which, limit=limit)

    rows = _ask(load)
    filters = (user_id, request_id, reason, agent_type, since, until)
    is_filtered = any(one is not None for one in filters)
    show(rows, columns=COLUMNS, as_json=as_json, nothing="No handoffs.", is_filtered=is_filtered)


@handoffs.command("show")
@click.argument("handoff_id", metavar="ID")
@reason_option
@click.option("--json", "as_json", is_flag=True, help="As JSON instead of Markdown.")
def show_(handoff_id: str, reason: str, as_json: bool) -> None:
    """Print one document, whole, with its user's words; the id may be cut short."""

    async def load(connection: AsyncConnection) -> HandoffDocument:
        found = await load_handoff(connection, await find_handoff_id(connection, handoff_id))
        await note_words_shown(connection, [found.request_id], reason)
        return found

    document = _ask(load)
    say(document.model_dump_json(indent=2) if as_json else to_markdown(document))


@handoffs.command("validate")
@click.argument("source", metavar="ID_OR_FILE")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def validate(source: str, as_json: bool) -> None:
    """Check a stored document by its id, or one in a file (`-`: standard input).

    Says which field is wrong and why, with exit code 1. A stored document is also held against the
    ledger, and against the document before it.
    """
    try:
        name, faults = _examined(source)
    except BadHandoff as error:
        name, faults = source, (str(error),)
    if as_json:
        say(json.dumps({"handoff": name, "sound": not faults, "faults": faults}, indent=2))
    else:
        say("\n".join(faults) or f"{name} is sound.")
    if faults:
        sys.exit(1)


def _examined(source: str) -> tuple[str, tuple[str, ...]]:
    if source != "-" and not _is_file(source):
        return _ask(lambda connection: _audited(connection, source))
    from handoffs.audit import find_contradictions

    try:
        document = load_document(_text_of(source))
    except HandoffError as error:
        raise BadHandoff(str(error)) from error
    return str(document.handoff_id), find_contradictions(document)


def _is_file(source: str) -> bool:
    try:
        return Path(source).exists()
    except OSError:  # such as a name longer than any file's
        return False


async def _audited(connection: AsyncConnection, beginning: str) -> tuple[str, tuple[str, ...]]:
    from handoffs.audit import audit_handoff

    handoff_id = await find_handoff_id(connection, beginning)
    return str(handoff_id), await audit_handoff(connection, handoff_id)


def _text_of(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise BadHandoff(f"{source} cannot be read: {error.strerror}") from error


def _ask(ask: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Ask the store one question. Raises `BadHandoff` with what is wrong with the handoff."""
    try:
        return with_database(lambda connection, _: ask(connection))
    except HandoffError as error:
        raise BadHandoff(str(error)) from error
