"""Users as operators ask about them: by phone number or user id, with no message of theirs."""

import re
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.errors import TextcrewError
from bot.intake.erasure import erase_user
from bot.intake.forget_user import finish_forgetting
from bot.intake.message_lock import lock_reading
from bot.requests.identity import address_key
from bot.settings.groups import IdentitySettings
from telemetry.named_sql import statements
from telemetry.root import mint_root

SQL = statements("bot.intake", "user_lookup.sql")

_USER_ID = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_USERNAME = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,137}")
_SEPARATORS = re.compile(r"[\s()./-]")


class UnknownUser(TextcrewError):
    """Nobody is known by that phone number or user id."""


async def find_user(connection: AsyncConnection, keys: IdentitySettings, named: str) -> str:
    """The user id of a phone number with its country code, a username, or a user id.

    Raises `UnknownUser`, without what was asked for.
    """
    if _USER_ID.fullmatch(named):
        statement, key = "find_by_id", {"user_id": named}
    else:
        statement, key = "find_by_address", {"address_key": named_address_key(keys, named)}
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL[statement], key)
        found: str | None = await cursor.fetchone()
    if found is None:
        raise UnknownUser
    return found


def named_address_key(keys: IdentitySettings, named: str) -> str:
    """What a phone number or a username is found by. Raises `UnknownUser` if it is neither."""
    contact = named.removeprefix("whatsapp:").strip()
    number = re.sub(r"^00", "+", _SEPARATORS.sub("", contact))
    if _NUMBER.fullmatch(number):
        return address_key(keys, f"whatsapp:{number}")
    if _USERNAME.fullmatch(contact):
        return address_key(keys, f"whatsapp:{contact}")
    raise UnknownUser("A phone number begins with + and its country code, a user id has 32 digits.")


async def erase(connection: AsyncConnection, user_id: str) -> None:
    """Do what "forget me" does in the chat, without a goodbye. Raises `UnknownUser`."""
    root = mint_root()
    async with connection.transaction():
        await lock_reading(connection, user_id)
        async with connection.cursor(row_factory=scalar_row) as cursor:
            ids = {"user_id": user_id, "trace_id": root.trace_id, "span_id": root.span_id}
            await cursor.execute(SQL["open_erasure"], ids)
            request_id: UUID | None = await cursor.fetchone()
        if request_id is None:
            raise UnknownUser
        await erase_user(connection, user_id=user_id, request_id=request_id)
    await finish_forgetting(connection)
