"""What commands of operators share: who acts and why, and whom or what they name."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

import click
from psycopg import AsyncConnection

from bot.database.connection import database_url
from bot.operating.audit import Action, Operator, note
from bot.settings.groups import Settings
from bot.settings.loading import load_settings

T = TypeVar("T")

NO_REASON = "none given"


def reason_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option by which an act says why, for the audit."""
    return click.option(
        "--reason", default=NO_REASON, help="Why, for the audit; no names or numbers of users."
    )(command)


def operator(reason: str) -> Operator:
    """Whoever runs this command, as the system knows them: by a number where it has no name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # the latter from Python 3.13 on
        name = f"uid {os.getuid()}"
    return Operator(name=name, reason=reason)


def with_database(ask: Callable[[AsyncConnection, Settings], Awaitable[T]]) -> T:
    """Do one thing with a connection in autocommit."""
    settings = load_settings()

    async def asked(url: str) -> T:
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            return await ask(connection, settings)

    return asyncio.run(asked(database_url(settings)))


async def note_words_shown(
    connection: AsyncConnection, requests: Iterable[UUID], reason: str
) -> None:
    """Put on record that this operator sees what was written for these requests, before they do."""
    by = operator(reason)
    async with connection.transaction():
        for request_id in dict.fromkeys(requests):
            await note(connection, by, Action.SHOW_WORDS, f"request:{request_id}")


def observe_acts() -> None:
    """Start telemetry in this process, for acts that open, go on with or end somebody's trace."""
    from bot.telemetry_setup import observe

    observe(load_settings(), role="cli")


def user_of(named: str | None) -> str | None:
    """The id of a user who is named by its beginning or a phone number; None where nobody is."""

    async def find(connection: AsyncConnection, settings: Settings) -> str | None:
        from bot.operating.user_lookup import find_user

        return await find_user(connection, settings.identity, named) if named else None

    return with_database(find) if named else None


def request_of(begins: str | None) -> UUID | None:
    """The id of the request whose id begins so; None where none is named."""

    async def find(connection: AsyncConnection, _: Settings) -> UUID | None:
        from bot.operating.id_lookup import find_request

        return await find_request(connection, begins) if begins else None

    return with_database(find) if begins else None
