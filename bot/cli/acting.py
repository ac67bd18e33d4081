"""What commands by which operators act share: who acts and why, and what stands on record of it."""

import getpass
import os
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import click
from psycopg import AsyncConnection

from bot.operating.audit import Action, Operator, note
from bot.settings.loading import load_settings

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
