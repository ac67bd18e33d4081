"""Users as operators ask about them: by phone number or user id, with no message of theirs."""

import re

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.errors import TextcrewError
from bot.requests.identity import address_key
from bot.settings.groups import IdentitySettings
from telemetry.named_sql import statements

SQL = statements("bot.operating", "user_lookup.sql")

WHOLE_ID = re.compile(r"[0-9a-f]{32}")
_USER_ID = re.compile(r"[0-9a-f]{4,32}")
_ID_LENGTH = 32
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_USERNAME = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,137}")
# What numbers are written or copied with: dashes of all kinds, and marks that nobody sees.
_SEPARATORS = re.compile(r"[\s()./\-\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class UnknownUser(TextcrewError):
    """Nobody is known by that phone number or user id."""


async def find_user(connection: AsyncConnection, keys: IdentitySettings, named: str) -> str:
    """The user id of a phone number with its country code, a username, or a user id.

    Of a user id the beginning is enough, if it is no one else's. Raises `UnknownUser`, without what
    was asked for.
    """
    async with connection.cursor(row_factory=scalar_row) as cursor:
        if _USER_ID.fullmatch(named):
            ids = {"first": named.ljust(_ID_LENGTH, "0"), "last": named.ljust(_ID_LENGTH, "f")}
            await cursor.execute(SQL["find_by_id"], ids)
            match await cursor.fetchall():
                case [str(user_id)]:
                    return user_id
                case [_, *_]:
                    raise UnknownUser("More than one user id begins so.")
            if not named.isdigit() or len(named) == _ID_LENGTH:
                raise UnknownUser
        key = named_address_key(keys, named)
        await cursor.execute(SQL["find_by_address"], {"address_key": key})
        found: str | None = await cursor.fetchone()
    if found is None:
        raise UnknownUser
    return found


def named_address_key(keys: IdentitySettings, named: str) -> str:
    """What a phone number or a username is found by. Raises `UnknownUser` if it is neither."""
    contact = named.strip().removeprefix("whatsapp:").removeprefix("tel:").strip()
    number = re.sub(r"^00", "+", _SEPARATORS.sub("", contact))
    if _NUMBER.fullmatch(number):
        return address_key(keys, f"whatsapp:{number}")
    if _USERNAME.fullmatch(contact):
        return address_key(keys, f"whatsapp:{contact}")
    raise UnknownUser("A phone number begins with + and its country code, a user id has 32 digits.")
