"""The database, as commands reach it: with one connection in autocommit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from psycopg import AsyncConnection, Connection

from bot.database.connection import database_url
from bot.settings.groups import Settings
from bot.settings.loading import load_settings

T = TypeVar("T")


def connected() -> Connection:
    """A connection; as a context manager it is closed at the end."""
    return psycopg.connect(database_url(load_settings()), autocommit=True)


def with_database(ask: Callable[[AsyncConnection, Settings], Awaitable[T]]) -> T:
    """Do one thing that is written for an event loop."""
    settings = load_settings()

    async def asked(url: str) -> T:
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            return await ask(connection, settings)

    return asyncio.run(asked(database_url(settings)))
