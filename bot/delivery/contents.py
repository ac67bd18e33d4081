"""Twilio's Contents, by which messages have choices to tap; each is made once.

The text is a Content's variable, so that one serves for all messages with the same choices.
"""

import hashlib
import json
from collections.abc import Mapping

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.languages.i18n import localized
from bot.messages.quick_replies import BUTTONS, LIST_BUTTON, Offered
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "contents.sql")

BODY_LIMIT = 1024  # characters of the text above the choices


def content_types(offered: Offered) -> Mapping[str, object]:
    """The Content's `types`, as the Content API wants them."""
    if len(offered) <= BUTTONS:
        actions = [{"title": choice["title"], "id": choice["id"]} for choice in offered]
        return {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
    items = [
        {"item": choice["title"], "id": choice["id"], "description": choice["description"]}
        for choice in offered
    ]
    button = localized(LIST_BUTTON)
    return {"twilio/list-picker": {"body": "{{1}}", "button": button, "items": items}}


def content_hash(account_sid: str, offered: Offered) -> str:
    """What tells one Content from another."""
    wanted = json.dumps([account_sid, content_types(offered)], sort_keys=True)
    return hashlib.sha256(wanted.encode()).hexdigest()


async def find_content(connection: AsyncConnection, digest: str) -> str | None:
    """Return the SID of the Content that was made for these choices before."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_content"], {"content_hash": digest})
        sid: str | None = await cursor.fetchone()
        return sid


async def keep_content(connection: AsyncConnection, digest: str, sid: str) -> None:
    """Note the Content that was made for these choices."""
    await connection.execute(SQL["keep_content"], {"content_hash": digest, "content_sid": sid})


async def forget_content(connection: AsyncConnection, sid: str) -> None:
    """Note that Twilio has lost a Content; the next message with these choices makes it again."""
    await connection.execute(SQL["forget_content"], {"content_sid": sid})
