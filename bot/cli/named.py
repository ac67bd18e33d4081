"""Whom or what a command names: a user by number or id, a request by its id; ids may be short."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.cli.database import with_database
from bot.settings.groups import Settings


async def find_named_user(connection: AsyncConnection, settings: Settings, named: str) -> str:
    """The id of a user, by its beginning or a phone number. Raises `UnknownUser`."""
    from bot.operating.user_lookup import find_user

    return await find_user(connection, settings.identity, named)


async def find_named_request(connection: AsyncConnection, begins: str) -> UUID:
    """The id of the request whose id begins so. Raises `NotFound`."""
    from bot.operating.id_lookup import find_request

    return await find_request(connection, begins)


def user_of(named: str | None) -> str | None:
    """The id of a user, for a filter; None where none is named."""
    if not named:
        return None
    return with_database(lambda connection, settings: find_named_user(connection, settings, named))


def request_of(begins: str | None) -> UUID | None:
    """The id of a request, for a filter; None where none is named."""
    if not begins:
        return None
    return with_database(lambda connection, _: find_named_request(connection, begins))
